/** A violation: a file that one wall must refuse. `wall` is the rule's name. */
export interface Planted {
  readonly wall: string;
  readonly path: string;
  readonly source: string;
}

const globals = "lint/style/noRestrictedGlobals";
const imports = "lint/style/noRestrictedImports";
const plant = (wall: string, path: string, source: string): Planted => ({ wall, path, source: `${source}\n` });

const long = `export const long = (n: number) => {\n${"  n += 1;\n".repeat(61)}  return n;\n};`;

/** Clocks, timers, randomness, environment and the length of functions: refused by biome. */
export const plantedUses: readonly Planted[] = [
  plant("plugin", "services/notification/src/dispatch/new-date.ts", "export const at = new Date();"),
  plant("plugin", "services/relay/src/date-now.ts", "export const at = Date.now();"),
  plant("plugin", "services/payment-link/src/links/random.ts", "export const pick = Math.random;"),
  plant("plugin", "libs/messaging/src/time-out.ts", "export const late = AbortSignal.timeout(5);"),
  plant("plugin", "services/registration/src/registration/clock.ts", "export const at = new Date();"),
  plant(globals, "libs/projections/src/performance.ts", "export const ms = performance.now();"),
  plant(globals, "libs/service/src/set-timeout.ts", "export const soon = (work: () => void) => setTimeout(work, 5);"),
  plant(globals, "services/relay/src/every.ts", "export const often = (work: () => void) => setInterval(work, 5);"),
  plant(globals, "services/payment-link/src/links/fetch.ts", 'export const page = fetch("https://example.org");'),
  plant(
    imports,
    "libs/event-store/src/uuid.ts",
    'import { randomUUID } from "node:crypto";\n\nexport const id = randomUUID();',
  ),
  plant(
    imports,
    "libs/event-store/src/all.ts",
    'import * as all from "node:crypto";\n\nexport const id = all.randomUUID();',
  ),
  plant(
    imports,
    "libs/event-store/src/one.ts",
    'import one from "node:crypto";\n\nexport const id = one.randomUUID();',
  ),
  plant(globals, "libs/event-store/src/global.ts", "export const ms = globalThis.performance.now();"),
  plant("plugin", "libs/event-store/src/taken.ts", "const { now } = Date;\n\nexport const at = now();"),
  plant(imports, "services/registration/src/intake/v4.ts", 'import { v4 } from "uuid";\n\nexport const id = v4();'),
  plant(globals, "services/notification/src/sms/environment.ts", "export const version = process.version;"),
  plant(globals, "services/payment-link/src/payment/call.ts", 'export const page = fetch("https://example.org");'),
  plant(
    globals,
    "services/payment-link/src/payment/turn.ts",
    "export const soon = (work: () => void) => setImmediate(work);",
  ),
  plant("lint/style/noProcessEnv", "services/relay/src/tail.ts", "export const level = process.env.LOG_LEVEL;"),
  plant("lint/style/noProcessEnv", "libs/service/src/level.ts", "export const level = process.env.LOG_LEVEL;"),
  plant("lint/complexity/noExcessiveLinesPerFunction", "services/ops/src/long.ts", long),
];

const use = (name: string, from: string) => `import { ${name} } from "${from}";\n\nexport const used = ${name};`;

/** What imports what: refused by dependency-cruiser. `path` is the importing file. */
export const plantedImports: readonly Planted[] = [
  plant("services-apart", "services/registration/src/intake/other.ts", use("texts", "@touchline/notification")),
  plant(
    "services-apart",
    "services/registration/src/intake/by-path.ts",
    use("texts", "../../../notification/src/index.ts"),
  ),
  plant("services-apart", "services/registration/src/intake/play.ts", use("sandbox", "@touchline/sandbox")),
  plant(
    "services-apart",
    "services/registration/src/intake/type.ts",
    'export type { Text } from "@touchline/notification";',
  ),
  plant(
    "tests-import-the-sandbox-only",
    "services/relay/test/other.int.test.ts",
    use("texts", "@touchline/notification"),
  ),
  plant(
    "tests-import-the-sandbox-only",
    "services/relay/bench/other.bench.ts",
    use("texts", "@touchline/notification"),
  ),
  plant("through-the-exports", "services/ops/src/by-path.ts", use("texts", "../../notification/src/index.ts")),
  plant("resolvable", "services/ops/src/not-exported.ts", use("texts", "@touchline/notification/src/index.ts")),
  plant("libs-below-services", "libs/timeline/src/service.ts", use("texts", "@touchline/notification")),
  plant(
    "libs-below-services",
    "libs/timeline/src/service.test.ts",
    use("texts", "../../../services/notification/src/index.ts"),
  ),
  plant("libs-below-services", "libs/projections/bench/family.bench.ts", use("texts", "@touchline/notification")),
  plant("testing-in-tests", "libs/projections/src/given.ts", use("given", "@touchline/testing")),
  plant("pure-rooms", "services/notification/src/sms/file.ts", use("readFileSync", "node:fs")),
  plant("pure-rooms", "services/notification/src/sms/random.ts", use("randomInt", "node:crypto")),
  plant("pure-rooms", "services/notification/src/sms/timers.ts", use("setTimeout", "node:timers/promises")),
  plant("pure-rooms", "services/notification/src/sms/sibling.ts", use("texts", "../index.ts")),
  plant("pure-rooms", "services/notification/src/sms/sdk.ts", use("Twilio", "twilio")),
  plant("pure-rooms", "services/payment-link/src/payment/lib.ts", use("append", "@touchline/event-store")),
  plant("timers-through-runtime", "libs/messaging/src/sleep.ts", use("setTimeout", "node:timers/promises")),
  plant("timers-through-runtime", "services/relay/src/clock.ts", use("performance", "node:perf_hooks")),
  plant("nats-in-messaging", "services/relay/src/nats.ts", use("connect", "nats")),
  plant("store-client-in-event-store", "libs/projections/src/client.ts", use("START", "@eventstore/db-client")),
  plant("twilio-in-its-room", "services/notification/src/webhooks/signature.ts", use("Twilio", "twilio")),
  plant("smtp-in-its-room", "services/notification/src/emailing/send.ts", use("createTransport", "nodemailer")),
  plant("gocardless-in-its-room", "services/payment-link/src/webhooks/parse.ts", use("parse", "gocardless-nodejs")),
  plant(
    "no-cycles",
    "libs/service/src/one.ts",
    `import { two } from "./two.ts";\n\nexport const one = (): unknown => two;`,
  ),
  plant("no-cycles", "libs/service/src/apart.ts", 'export type { Shape as Other } from "./shape.ts";'),
];

/** What the planted files import, and what no wall may refuse. */
export const allowed: readonly Omit<Planted, "wall">[] = [
  { path: "services/notification/src/index.ts", source: 'export const texts = 1;\nexport type Text = "text";\n' },
  { path: "services/sandbox/src/index.ts", source: "export const sandbox = Date.now();\n" },
  { path: "libs/event-store/src/index.ts", source: "export const append = 1;\n" },
  {
    path: "libs/testing/src/index.ts",
    source: 'import { append } from "@touchline/event-store";\n\nexport const given = append;\n',
  },
  { path: "libs/event-store/src/memory.test.ts", source: use("given", "@touchline/testing") },
  { path: "libs/contracts/src/index.ts", source: "export const limit = 1;\n" },
  {
    path: "libs/service/src/two.ts",
    source: 'import { one } from "./one.ts";\n\nexport const two = (): unknown => one;\n',
  },
  {
    path: "libs/service/src/shape.ts",
    source: 'import type { Other } from "./apart.ts";\n\nexport type Shape = Other | 1;\n',
  },
  { path: "libs/service/src/runtime.ts", source: "export const now = () => new Date();\n" },
  { path: "services/relay/src/main.ts", source: "export const at = [new Date(), process.env.LOG_LEVEL];\n" },
  { path: "services/relay/src/config.ts", source: "export const level = process.env.LOG_LEVEL;\n" },
  { path: "services/relay/src/stored.ts", source: "export const at = (iso: string) => new Date(iso);\n" },
  { path: "services/relay/src/clock.test.ts", source: use("setTimeout", "node:timers/promises") },
  { path: "services/relay/test/sandbox.int.test.ts", source: use("sandbox", "@touchline/sandbox") },
  { path: "services/ops/src/by-name.ts", source: use("texts", "@touchline/notification") },
  { path: "services/notification/src/sms/allowed.ts", source: use("limit", "@touchline/contracts") },
  { path: "services/notification/src/sms/id.ts", source: use("v5", "uuid") },
  { path: "services/notification/src/twilio/gateway.ts", source: use("Twilio", "twilio") },
];

/** Two packages in a circle, though no file is. */
export const packageCycle: readonly Omit<Planted, "wall">[] = [
  { path: "libs/left/src/index.ts", source: use("right", "@touchline/right") },
  { path: "libs/left/src/leaf.ts", source: "export const leaf = 1;\n" },
  { path: "libs/right/src/index.ts", source: "export const right = 1;\n" },
  { path: "libs/right/src/up.ts", source: use("leaf", "@touchline/left/leaf") },
];
