import { readFileSync } from "node:fs";
import { join } from "node:path";
import { notificationConfig } from "@touchline/notification/config";
import { registrationConfig } from "@touchline/registration/config";
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
  const wanted = namesIn(read("deploy/production.env.example"), /^(?:# )?([A-Z0-9_]+)=.*$/gm).filter((name) =>
    all.has(name),
  );
  expect(wanted).toEqual(expect.arrayContaining(["SUSPEND_AFTER_DAYS", "RETENTION_MONTHS", "MAIL_FROM"]));
  const map = namesIn(read("deploy/kubernetes/base/kustomization.yaml"), /^ +(?:# )?- ([A-Z0-9_]+)=/gm);
  expect(wanted.filter((name) => !map.includes(name))).toEqual([]);
});

/** The variable of a compose file, what comes after its name (`:-`, `-` or `:?`), and the default or the message. */
const VARIABLE = /\$\{([A-Z0-9_]+)(:-|-|:\?)([^}]*)\}/g;

/** The environment of a service in production's containers, before its variables are filled in. */
const productionEnvironment = (service: string): Record<string, string | null> => {
  const [base, production] = ["docker-compose.yml", "deploy/compose.production.yml"].map(
    (file) => parse(read(file), { merge: true }).services[service].environment,
  );
  return { ...base, ...production };
};

/** As docker compose fills it in. @throws the message of a variable that has to be set */
const filledIn = (service: string, settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(productionEnvironment(service)).map(([name, value]) => [
      name,
      (value ?? `\${${name}:-}`).replace(VARIABLE, (_, variable: string, kind: string, rest: string) => {
        const given = settings[variable];
        if (given === undefined || (given === "" && kind !== "-")) {
          if (kind === ":?") throw new Error(`${variable}: ${rest}`);
          return rest;
        }
        return given;
      }),
    ]),
  );

const required = {
  PAYMENT_BASE_URL: "https://pay.club.example",
  CLUB_NAME: "Club",
  SIGNING_FEE_PENCE: "4500",
  MONTHLY_FEE_PENCE: "2750",
  GOCARDLESS_ENVIRONMENT: "live",
};
const requiredBy = {
  relay: {},
  registration: required,
  notification: { ...required, TWILIO_ACCOUNT_SID: "AC1" },
  "payment-link": required,
  ops: { GOCARDLESS_ENVIRONMENT: "live" },
} as const;
const inProduction = Object.entries(requiredBy).map(([service, settings]) => ({ service, settings }));

test.each(inProduction)("$service: production has no test value in place of a setting", ({ service, settings }) => {
  const defaults = Object.values(productionEnvironment(service)).flatMap((value) =>
    [...(value ?? "").matchAll(VARIABLE)].flatMap(([, name, kind, value]) => (kind !== ":?" && value ? [name] : [])),
  );
  expect(defaults.filter((name) => name !== "LOG_LEVEL" && name !== "EDGE_NETWORK")).toEqual([]);
  for (const name of Object.keys(settings))
    for (const missing of [{ ...settings, [name]: "" }, omit(settings, name)])
      expect(() => filledIn(service, missing)).toThrow(name);
  const env = filledIn(service, settings);
  expect(env).toMatchObject(settings);
  expect(Object.values(env).join(" ")).not.toContain("sandbox");
});

const omit = (settings: object, name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).filter(([other]) => other !== name));

/** What the secrets' files are for. */
const secrets = { TWILIO_AUTH_TOKEN: "a", TWILIO_AUTH_TOKEN_FILE: "", EVENTSTORE_URL_FILE: "", NATS_URL_FILE: "" };

test("production sends no text before a sender is set: a number, a name or a messaging service", () => {
  const settings = requiredBy.notification;
  const configWith = (sender: object) =>
    notificationConfig({ ...filledIn("notification", { ...settings, ...sender }), ...secrets });
  expect(() => configWith({})).toThrow("TWILIO_PHONE_NUMBER, SMS_SENDER_ID or TWILIO_MESSAGING_SERVICE_SID is missing");
  expect(configWith({ TWILIO_PHONE_NUMBER: "+447911123456" }).twilio).toMatchObject({ apiBaseUrl: undefined });
  expect(configWith({ SMS_SENDER_ID: "Club" }).twilio.sender).toEqual({ from: "Club" });
  expect(configWith({ TWILIO_MESSAGING_SERVICE_SID: "MG1" }).twilio.sender).toEqual({ messagingServiceSid: "MG1" });
});

test("the cluster's own settings start nothing before the club's amounts, account and sender are set", () => {
  const kustomization = parse(read("deploy/kubernetes/base/kustomization.yaml"));
  const [{ literals }] = kustomization.configMapGenerator as [{ literals: string[] }];
  const env = Object.fromEntries(literals.map((literal) => literal.split(/=(.*)/s)));
  expect(() => registrationConfig(env)).toThrow(/SIGNING_FEE_PENCE is missing.*MONTHLY_FEE_PENCE is missing/s);
  expect(() => notificationConfig(env)).toThrow(/TWILIO_ACCOUNT_SID is missing.*SMS_SENDER_ID/s);
});
