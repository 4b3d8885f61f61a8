import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface Model {
  validate(): void;
}

const here = import.meta.dirname;

/** Throws the violations of Kubernetes's own schema: types, enumerations, required fields. It lets unknown fields pass. */
const validate = async (manifest: Manifest): Promise<void> => {
  const model = (await import(
    /* @vite-ignore */ `kubernetes-models/${manifest.apiVersion}/${manifest.kind}`
  )) as Record<string, new (data: object) => Model>;
  const Kind = model[manifest.kind];
  if (!Kind) throw new Error(`No schema for ${manifest.apiVersion} ${manifest.kind}`);
  new Kind(manifest).validate();
};

const read = (text: string): Manifest[] => parseAllDocuments(text).map((document) => document.toJS() as Manifest);

/** Patches are only complete once kustomize has applied them. */
const patches = ["kustomization.yaml", "three-nodes.yaml", "cluster/eventstore.yaml"];
const files = ["base", "cluster", "restore"]
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
    expect(stdout).not.toMatch(/image: (nats|eventstore|nats-box|backup|touchline\/[a-z-]+)$/m);
    const replicas = /kind: StatefulSet[\s\S]*?replicas: (\d)/.exec(stdout)?.[1];
    expect(replicas).toBe(folder === "base" ? "1" : "3");
  });
});

interface Peer {
  readonly podSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string };
}
interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly values: readonly string[] }[];
}
interface Policy extends Manifest {
  readonly spec: {
    readonly podSelector: Selector;
    readonly egress?: readonly { readonly to: readonly Peer[]; readonly ports: readonly Ports[] }[];
    readonly ingress?: readonly { readonly from: readonly Peer[]; readonly ports: readonly Ports[] }[];
  };
}
interface Ports {
  readonly port: number;
  readonly endPort?: number;
}

const base = (file: string) => readFileSync(join(here, "base", file), "utf8");
const policies = read(base("network-policies.yaml")) as Policy[];
const selects = (selector: Selector | undefined, name: string) =>
  Object.values(selector?.matchLabels ?? {}).includes(name) ||
  (selector?.matchExpressions ?? []).some(({ values }) => values.includes(name));
const covers = (ports: readonly Ports[], wanted: number) =>
  ports.some(({ port, endPort = port }) => port <= wanted && wanted <= endPort);

const checks = [...base("relay.yaml").matchAll(/http:\/\/([a-z-]+):(\d+)\/health\/ready/g)].map(
  ([, name = "", port]) => [name, Number(port)] as const,
);

test.each(checks)("the relay's heartbeat may ask %s on port %i", (name, port) => {
  const leaves = policies.some(
    ({ spec }) =>
      selects(spec.podSelector, "relay") &&
      spec.egress?.some(({ to, ports }) => to.some((peer) => selects(peer.podSelector, name)) && covers(ports, port)),
  );
  const arrives = policies.some(
    ({ spec }) =>
      selects(spec.podSelector, name) &&
      spec.ingress?.some(
        ({ from, ports }) => from.some((peer) => selects(peer.podSelector, "relay")) && covers(ports, port),
      ),
  );
  expect([leaves, arrives]).toEqual([true, true]);
});

test("the relay's heartbeat may leave the cluster", () => {
  expect(checks).toHaveLength(3);
  const leaves = policies.some(
    ({ spec }) =>
      selects(spec.podSelector, "relay") &&
      spec.egress?.some(
        ({ to, ports }) => to.some(({ ipBlock }) => ipBlock?.cidr === "0.0.0.0/0") && covers(ports, 443),
      ),
  );
  expect(leaves).toBe(true);
});

interface Pod {
  readonly enableServiceLinks?: boolean;
  readonly containers: readonly { readonly env?: readonly { readonly name: string; readonly value?: string }[] }[];
}

/** The pods of a manifest: a template, perhaps inside another one. */
const podsIn = (value: unknown): Pod[] => {
  if (typeof value !== "object" || value === null) return [];
  return "containers" in value ? [value as Pod] : Object.values(value).flatMap(podsIn);
};

test.each(files)("pods in %s get no variables for Kubernetes's services", (file) => {
  // For a Service named relay, RELAY_PORT would be "tcp://…", and that is the relay's own setting.
  for (const pod of read(readFileSync(join(here, file), "utf8")).flatMap(podsIn))
    expect(pod.enableServiceLinks).toBe(false);
});

test("an event store node's address is made from variables that come before it, in the patch too", () => {
  const [pod] = read(readFileSync(join(here, "cluster/eventstore.yaml"), "utf8")).flatMap(podsIn);
  const variables = pod?.containers[0]?.env ?? [];
  variables.forEach(({ value = "" }, i) => {
    const before = variables.slice(0, i).map(({ name }) => name);
    for (const [, used] of value.matchAll(/\$\((\w+)\)/g)) expect(before).toContain(used);
  });
  expect(variables.some(({ value = "" }) => value.startsWith("$(POD_NAME)"))).toBe(true);
});

test("a server that exits with 0 is started again, as a restore relies on", () => {
  const compose = parse(readFileSync(join(here, "../../docker-compose.yml"), "utf8"), { merge: true });
  for (const name of ["eventstore", "nats"])
    expect(compose.services[name].restart).toMatch(/^(always|unless-stopped)$/);
});

describe("restore.sh", () => {
  /** The part of kubectl that the script uses: it records each request, and answers some. Each node's log ends at `written`. */
  const restore = ({ failing = "nothing", written = "500", failedJob = "none" } = {}) => {
    const folder = mkdtempSync(join(tmpdir(), "touchline-kubectl-"));
    try {
      const script = `#!/usr/bin/env bash
echo "$*" >>${folder}/calls
case "$*" in *"get job ${failedJob} "*) echo Failed;; *${failing}*) exit 1;; *"get job "*) echo Complete;; *exitCode*) echo 0;; *"get deployment ops"*) echo club/ops:1.2;; *CLUSTER_SIZE*) echo 3;; *"logs job/restore") echo '{"msg":"unpacked","end":500}';; exec*|*" exec "*) echo " ${written}";; *"--filename -") cat >>${folder}/calls;; esac`;
      writeFileSync(join(folder, "kubectl"), script, { mode: 0o755 });
      const env = { PATH: `${folder}:${process.env.PATH}`, RESTORE_WAIT_SECONDS: "1" };
      const { status } = spawnSync(join(here, "restore.sh"), ["cluster", "touchline-1.tar.gz"], { env });
      return { status, calls: readFileSync(join(folder, "calls"), "utf8") };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("stops everything, unpacks, starts the stores, recovers and starts the services", () => {
    const { status, calls } = restore();
    expect(status).toBe(0);
    const steps = [
      "[tar, -tzf, /backups/touchline-1.tar.gz]",
      "get job check-archive",
      "deployment --all --replicas 0",
      "--for=delete pod",
      "/backups/touchline-1.tar.gz, /to",
      "get job restore",
      "delete pvc data-eventstore-2",
      "eventstore --replicas 1",
      "exitCode",
      "eventstore --replicas 2",
      "exec eventstore-1",
      "eventstore --replicas 3",
      "exec eventstore-2",
      "exec eventstore-0",
      "image: club/ops:1.2",
      "get job recover",
      'suspend":false',
      "delete job stream-replicas",
      "--kustomize",
    ].map((step) => calls.indexOf(step));
    expect(steps).not.toContain(-1);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(calls).not.toMatch(/delete pvc data-(nats|eventstore-0)/);
  });

  test("starts no second empty node before the first has all events, and recovers into no shorter log", () => {
    const { status, calls } = restore({ written: "499" });
    expect(status).toBe(1);
    expect(calls).toContain("eventstore --replicas 2");
    expect(calls).not.toMatch(/eventstore --replicas 3|club\/ops|kustomize/);
  });

  test("starts no other node until the restored one was started again", () => {
    const { status, calls } = restore({ failing: "exitCode" });
    expect(status).toBe(1);
    expect(calls).toContain("eventstore --replicas 1");
    expect(calls).not.toMatch(/eventstore --replicas [23]|club\/ops|kustomize/);
  });

  test("stops when the archive cannot be unpacked", () => {
    const { status, calls } = restore({ failedJob: "restore" });
    expect(status).toBe(1);
    expect(calls).not.toMatch(/delete pvc|club\/ops|kustomize/);
  });

  test("stops nothing when the archive cannot be read", () => {
    const { status, calls } = restore({ failedJob: "check-archive" });
    expect(status).toBe(1);
    expect(calls).not.toMatch(/suspend|replicas/);
  });
});
