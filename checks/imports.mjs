// The walls between folders, for dependency-cruiser: what may import what. What a file may use (clock, randomness,
// environment) is in biome.json and now.grit. Each rule has a test that plants a violation: walls.test.ts.

/** Programs for people. They may import services, but only through what a package exports. */
const programs = "^services/(?:ops|launcher|sandbox|simulation)/";
const tests = ["\\.test\\.ts$", "^(?:libs|services)/[^/]+/(?:test|bench)/"];
/** These run on the machine's own clock: tools of tests, and the embedded event store, which is a program of its own. */
const machineLibs = "^libs/(?:embedded|testing)/";
const mains = "/src/[^/]*main\\.ts$";
const modules = (names) => `(?:^|/)node_modules/(?:${names})/`;

const rule = (name, comment, from, to, more) => ({ name, comment, severity: "error", from, to, ...more });

/** `names` of packages may be imported by `rooms` only, and by tests. */
const onlyIn = (name, names, rooms) =>
  rule(
    name,
    `Only ${rooms.join(", ")} may import ${names}.`,
    { path: "^(?:libs|services)/", pathNot: [...rooms.map((room) => `^${room}/`), ...tests, programs] },
    { path: modules(names) },
  );

export default {
  forbidden: [
    rule(
      "no-cycles",
      "A file imports, by way of others, itself. Move what both need into a file below them.",
      {},
      { circular: true },
    ),
    rule(
      "no-package-cycles",
      "Two packages import each other. Move what both need into one below them.",
      { path: "^(?:libs|services)/[^/]+/src$", pathNot: "^libs/testing/" },
      // Tests beside their source import libs/testing, which imports what they test.
      { path: "^(?:libs|services)/[^/]+/src$", pathNot: "^libs/testing/", circular: true },
      { scope: "folder" },
    ),
    rule(
      "testing-in-tests",
      "Only tests import libs/testing.",
      { path: "^(?:libs|services)/", pathNot: ["^libs/testing/", ...tests] },
      { path: "^libs/testing/" },
    ),
    rule("libs-below-services", "A library imports nothing above it.", { path: "^libs/" }, { path: "^services/" }),
    rule(
      "services-apart",
      "Services talk through events. Only programs may import a service.",
      { path: "^services/([^/]+)/", pathNot: [programs, ...tests] },
      { path: "^services/", pathNot: "^services/$1/" },
    ),
    rule(
      "tests-import-the-sandbox-only",
      "Tests and benches may import their own service, the sandbox, and other tests' support.",
      { path: "^services/([^/]+)/", pathNot: programs },
      { path: "^services/[^/]+/src/", pathNot: ["^services/$1/", "^services/sandbox/"] },
    ),
    rule(
      "through-the-exports",
      "Import another service by its package's name, so that only what it exports is used.",
      { path: "^services/([^/]+)/" },
      { path: "^services/[^/]+/src/", pathNot: "^services/$1/", dependencyTypes: ["local"] },
    ),
    rule(
      "pure-rooms",
      "A pure room imports itself, contracts, and libraries that only calculate.",
      { path: "^services/([^/]+)/src/(email|sms|payment|registration|ledger|today)/", pathNot: tests },
      {
        pathNot: ["^services/$1/src/$2/", "^libs/(?:contracts|london|uk-phone)/", modules("uuid")],
      },
    ),
    rule(
      "timers-through-runtime",
      "Clocks and timers come from the Runtime that each main makes.",
      { path: "^(?:libs|services)/", pathNot: [programs, machineLibs, mains, ...tests] },
      { path: "^(?:timers|timers/promises|perf_hooks)$" },
    ),
    onlyIn("nats-in-messaging", "nats", ["libs/messaging", "libs/embedded", "libs/testing"]),
    onlyIn("store-client-in-event-store", "@eventstore/db-client", ["libs/event-store", "libs/testing"]),
    onlyIn("twilio-in-its-room", "twilio", ["services/notification/src/twilio"]),
    onlyIn("smtp-in-its-room", "nodemailer", ["libs/mail"]),
    onlyIn("gocardless-in-its-room", "gocardless-nodejs", ["services/payment-link/src/gocardless"]),
    rule("resolvable", "A wall cannot guard an import that leads nowhere.", {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/gen/" },
    parser: "swc",
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types", "default"],
      extensions: [".ts", ".mjs", ".js"],
    },
  },
};
