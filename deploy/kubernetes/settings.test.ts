import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = ""]) => name);

/** The settings that a service reads, from its config.ts and that of the e-mail library. */
const readBy = (service: string): string[] => {
  const config = read(`services/${service}/src/config.ts`);
  const mail = config.includes("@touchline/mail") ? read("libs/mail/src/config.ts") : "";
  return namesIn(config + mail, /"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g);
};

const services = ["relay", "registration", "notification", "payment-link"] as const;
/** Set by the image. */
const fixed = /^DATA_DIR$|^(RELAY|REGISTRATION|NOTIFICATION|PAYMENT_LINK|GRPC)_PORT$/;

test.each(services)("%s: every setting that it reads is in .env.example, and reaches it in containers", (service) => {
  const names = readBy(service).filter((name) => !fixed.test(name));
  const example = namesIn(read(".env.example"), /^(?:# ?)?([A-Z0-9_]+)=/gm);
  const compose = parse(read("docker-compose.yml"), { merge: true }).services[service].environment;
  expect(names.filter((name) => !example.includes(name))).toEqual([]);
  expect(names.filter((name) => !Object.hasOwn(compose, name))).toEqual([]);
});

test("operators' commands reconcile and erase with the settings of the services that do so", () => {
  const {
    ops,
    registration,
    "payment-link": paymentLink,
  } = parse(read("docker-compose.yml"), { merge: true }).services;
  const { GOCARDLESS_ENVIRONMENT, GOCARDLESS_ACCESS_TOKEN, GOCARDLESS_API_BASE_URL } = paymentLink.environment;
  expect(ops.environment).toMatchObject({
    GOCARDLESS_ENVIRONMENT,
    GOCARDLESS_ACCESS_TOKEN,
    GOCARDLESS_API_BASE_URL,
    RETENTION_MONTHS: registration.environment.RETENTION_MONTHS,
  });
  const production = parse(read("deploy/compose.production.yml"), { merge: true }).services;
  const tokenFile = production["payment-link"].environment.GOCARDLESS_ACCESS_TOKEN_FILE;
  expect(production.ops.environment).toMatchObject({
    GOCARDLESS_ACCESS_TOKEN: "",
    GOCARDLESS_ACCESS_TOKEN_FILE: tokenFile,
  });
  expect(production.ops.secrets).toContain("gocardless-access-token");
  const { containers, volumes } = parse(read("deploy/kubernetes/base/ops.yaml")).spec.template.spec;
  const name = "GOCARDLESS_ACCESS_TOKEN_FILE";
  expect(containers[0].env).toContainEqual({ name, value: "/run/secrets/touchline/gocardless-access-token" });
  const key = "gocardless-access-token";
  expect(JSON.stringify(volumes)).toContain(JSON.stringify({ key, path: key }));
});

test("every setting of production's containers is in the cluster's config map", () => {
  const all = new Set(services.flatMap(readBy));
  // One that is set but empty is for the sandbox alone.
  const wanted = namesIn(read("deploy/production.env.example"), /^(?:# )?([A-Z0-9_]+)=.+$/gm).filter((name) =>
    all.has(name),
  );
  expect(wanted).toEqual(expect.arrayContaining(["SUSPEND_AFTER_DAYS", "RETENTION_MONTHS", "MAIL_FROM"]));
  const map = namesIn(read("deploy/kubernetes/base/kustomization.yaml"), /^ +(?:# )?- ([A-Z0-9_]+)=/gm);
  expect(wanted.filter((name) => !map.includes(name))).toEqual([]);
});
