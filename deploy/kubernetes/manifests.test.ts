import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface Model {
  validate(): void;
}

const here = import.meta.dirname;

/** Throws what Kubernetes's own schema finds wrong: types, enumerations, required fields. It lets unknown fields pass. */
const validate = async (manifest: Manifest): Promise<void> => {
  const model = (await import(
    /* @vite-ignore */ `kubernetes-models/${manifest.apiVersion}/${manifest.kind}`
  )) as Record<string, new (data: object) => Model>;
  const Kind = model[manifest.kind];
  if (!Kind) throw new Error(`No schema for ${manifest.apiVersion} ${manifest.kind}`);
  new Kind(manifest).validate();
};

const read = (text: string): Manifest[] => parseAllDocuments(text).map((document) => document.toJS() as Manifest);

/** Patches are only whole once kustomize has put them in their place. */
const patches = ["kustomization.yaml", "three-nodes.yaml", "cluster/eventstore.yaml"];
const files = ["base", "cluster"]
  .flatMap((folder) => readdirSync(join(here, folder)).map((file) => `${folder}/${file}`))
  .filter((file) => file.endsWith(".yaml") && !patches.some((patch) => file.endsWith(patch)));

test.each(files)("%s fits Kubernetes's schemas", async (file) => {
  const manifests = read(readFileSync(join(here, file), "utf8"));
  expect(manifests.length).toBeGreaterThan(0);
  for (const manifest of manifests) await validate(manifest);
});

test("a field of the wrong type is found", async () => {
  const [service] = read(readFileSync(join(here, "base/nats.yaml"), "utf8")).filter(({ kind }) => kind === "Service");
  await expect(validate({ ...(service as Manifest), spec: { ports: "4222" } } as Manifest)).rejects.toThrow("ports");
});

const kustomize = (folder: string) => spawnSync("kubectl", ["kustomize", join(here, folder)], { encoding: "utf8" });

describe.skipIf(kustomize("base").error)("rendered by kustomize", () => {
  test.each(["base", "cluster"])("%s", async (folder) => {
    const { stdout, stderr, status } = kustomize(folder);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const manifests = read(stdout);
    for (const manifest of manifests) await validate(manifest);
    const kinds = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(stdout).not.toMatch(/image: (nats|eventstore|nats-box|touchline\/[a-z-]+)$/m);
    const replicas = /kind: StatefulSet[\s\S]*?replicas: (\d)/.exec(stdout)?.[1];
    expect(replicas).toBe(folder === "base" ? "1" : "3");
  });
});
