import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connectMessaging, consume } from "@touchline/messaging";
import { temporaryFolder } from "@touchline/testing";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld } from "../../registration/test/families.ts";
import { type RunningService, startService } from "../../registration/test/harness.ts";
import { ops, opsProcess, startStoreIn } from "./touchline.ts";

const TOKEN = "the-gateway-knows-it";
const link = "BRQ0000ZOE1";

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;
let env: Record<string, string>;

beforeAll(async () => {
  infrastructure = await startInfrastructure("ops");
  service = await startService(infrastructure, { GATEWAY_TOKEN: TOKEN });
  world = createWorld(infrastructure.eventStore.url);
  env = {
    DATA_DIR: infrastructure.dataDir,
    EVENTSTORE_URL: infrastructure.eventStore.url,
    NATS_URL: infrastructure.nats.url,
    GRPC_PORT: service.grpc.split(":")[1] ?? "",
    GATEWAY_TOKEN: TOKEN,
  };
  await world.register("zoe", ["Zoë", "O'Neill"], 2);
  await world.token("zoe", link, 2);
  await world.text("zoe", link, 2, ["undelivered", "30005"]);
  await world.register("ivy", ["Ivy", "Wilson"], 1, "+447700900456");
  await world.token("ivy", "BRQ0000IVY1", 1);
  await world.payment("ivy", "BRQ0000IVY1", "paid");
  // The views follow within moments.
  const listed = async () => (await ops(env, "list", "--json")).out;
  while (!/"paid".*"undelivered"/s.test(await listed()));
});

afterAll(async () => {
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

test("a timeline is the same by registration, billing request, link and phone, numbers masked", async () => {
  const shown = await ops(env, "timeline", "zoe");
  expect(shown).toMatchObject({ code: 0, err: "" });
  const words = ["The chat registered Zoë O'Neill", link, "A text with the link", "Twilio took", "not delivered"];
  expect(shown.out).toMatch(new RegExp(words.join(".*"), "s"));
  expect(shown.out).toContain("+44•••••••123");
  expect(shown.out).not.toContain("7700900123");
  for (const clue of [link, `https://pay.example/reg_setup/${link}`, "07700 900123"]) {
    expect(await ops(env, "timeline", clue)).toEqual(shown);
  }
  expect((await ops(env, "timeline", "zoe", "--thorough")).out).toBe(shown.out);
  expect(await opsProcess(env, "timeline", "zoe")).toEqual(shown);
  expect((await ops(env, "timeline", "zoe", "--reveal")).out).toContain("+447700900123");
  const events = JSON.parse((await ops(env, "timeline", "zoe", "--json")).out) as { event: string; service: string }[];
  expect(events.map(({ event, service: by }) => `${by} ${event}`)).toEqual([
    "registration RegistrationCompleted",
    "payment-link PaymentTokenCreated",
    "notification SmsRequested",
    "notification SmsAttemptStarted",
    "notification SmsAccepted",
    "notification TextStatusChanged",
    "notification SmsStatusReported",
    "notification TextStatusChanged",
  ]);
});

test("a timeline needs nothing but the event store", async () => {
  const { path, remove } = temporaryFolder("ops");
  const store = await startStoreIn(path);
  const alone = createWorld(store.url);
  try {
    await alone.register("zoe", ["Zoë", "O'Neill"]);
    const settings = { EVENTSTORE_URL: store.url, NATS_URL: "nats://127.0.0.1:1", GRPC_PORT: "1" };
    expect((await ops(settings, "timeline", "07700900123")).out).toContain("The chat registered Zoë");
  } finally {
    await alone.close();
    await store.stop();
    remove();
  }
});

test("a list shows what its filters say, as a table, as JSON and as CSV", async () => {
  const ids = async (...args: string[]) =>
    (JSON.parse((await ops(env, "list", "--json", ...args)).out) as { registration_id: string }[]).map(
      (row) => row.registration_id,
    );
  expect(await ids()).toEqual(["ivy", "zoe"]);
  expect(await ids("--unpaid")).toEqual(["zoe"]);
  expect(await ids("--undelivered")).toEqual(["zoe"]);
  expect(await ids("--since", "30h")).toEqual(["ivy"]);
  expect(await ids("--limit", "1")).toEqual(["ivy"]);
  const table = await ops(env, "list");
  expect(table.out).toMatch(/Ivy Wilson +Tigers u10 +\+44•••••••456 +paid/);
  const csv = await ops(env, "list", "--csv", "--reveal");
  expect(csv.out).toMatch(/^\uFEFFregistration_id,created_at,child_name,/);
  expect(csv.out).toContain("'+447700900456");
});

test("changes go through the registration service, which says why not", async () => {
  await world.register("leo", ["Leo", "Khan"]);
  const typesOf = async () => (await world.store.read("registration-leo")).map(({ type }) => type);
  expect(await ops(env, "resend", "leo")).toMatchObject({ code: 0, out: expect.stringContaining("1 of 5") });
  const again = await ops(env, "resend", "leo");
  expect([again.code, again.err]).toEqual([1, expect.stringMatching(/less than a minute ago.*Try again in \d+ s/s)]);
  expect((await ops(env, "correct-phone", "leo", "020 7946 0000")).err).toContain("parentPhone: ");
  expect((await ops(env, "correct-phone", "leo", "07700 900789", "--json")).out).toBe(
    '{"registrationId":"leo","changed":true,"noTextReason":""}\n',
  );
  expect((await ops(env, "cancel", "leo")).code).toBe(64);
  expect((await ops(env, "cancel", "leo", "--reason", "moved away")).code).toBe(0);
  expect(await typesOf()).toEqual([
    "RegistrationCompleted",
    "PaymentLinkResendRequested",
    "ParentPhoneCorrected",
    "RegistrationCancelled",
  ]);
});

test("whatever is wrong, it says what to do", async () => {
  const { GATEWAY_TOKEN: _, ...tokenless } = env;
  const cases: [Record<string, string>, string[], number, RegExp][] = [
    [tokenless, ["list"], 1, /Set GATEWAY_TOKEN/],
    [{ ...env, GRPC_PORT: "1" }, ["list"], 1, /does not answer.*npm start/s],
    [
      { ...env, EVENTSTORE_URL: "esdb://admin:secret@127.0.0.1:1?tls=false" },
      ["timeline", "zoe"],
      1,
      /Nothing listens at 127\.0\.0\.1:1\..*npm start/s,
    ],
    [env, ["timeline", "nobody"], 1, /No registration was found.*list/s],
    [env, ["timeline", "Zoë O'Neill"], 1, /neither/],
    [env, ["resend", "nobody"], 1, /no such registration/],
    [env, ["list", "--since", "yesterday"], 64, /today, 24h, 7d/],
    [env, ["lost"], 64, /unknown command/],
    [env, ["dead-letters", "drop"], 1, /Say which/],
    [env, ["dead-letters", "drop", "--all"], 1, /several.*--yes/s],
    [{ ...env, EVENTSTORE_URL: "localhost:2113" }, ["timeline", "zoe"], 78, /EVENTSTORE_URL must start with esdb:/],
    [{ ...env, GRPC_PORT: "x" }, ["list"], 78, /GRPC_PORT must be a whole number/],
  ];
  for (const [settings, args, code, words] of cases) {
    const ran = await ops(settings, ...args);
    expect([args, ran.code, ran.err]).toEqual([args, code, expect.stringMatching(words)]);
    expect(ran.err).not.toContain("secret");
  }
  const help = await opsProcess(env, "--help");
  expect(help.code).toBe(0);
  for (const command of [
    "timeline",
    "list",
    "resend",
    "correct-phone",
    "cancel",
    "erase",
    "dead-letters",
    "projections",
    "backup",
    "restore",
    "scavenge",
    "sms",
  ]) {
    expect(help.out).toContain(command);
    expect((await ops(env, command, "--help")).out).toMatch(/^Usage: /);
  }
});

test("views are verified and rebuilt while their service serves, and no provider is called", async () => {
  let calls = 0;
  const provider = createServer((_request, answer) => answer.end()).on("connection", () => calls++);
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const all = {
    ...env,
    TWILIO_API_BASE_URL: url,
    GOCARDLESS_API_BASE_URL: url,
  };
  try {
    expect((await ops(all, "projections", "verify", "registrations")).code).toBe(0);
    const db = new DatabaseSync(join(infrastructure.dataDir, "registration", "registrations.sqlite"));
    db.exec(
      "PRAGMA busy_timeout = 5000; UPDATE registrations SET parent_name = 'Somebody Else' WHERE registration_id = 'ivy'",
    );
    db.close();
    const wrong = await ops(all, "projections", "verify", "registrations");
    expect([wrong.code, wrong.out]).toEqual([1, expect.stringContaining("registrations ivy differs in parent_name")]);
    expect(wrong.out + wrong.err).not.toMatch(/Somebody|Wilson/);
    const rebuilt = await ops(all, "projections", "rebuild");
    expect(rebuilt.code).toBe(0);
    for (const name of ["registrations", "days", "links", "texts", "reminders"])
      expect(rebuilt.out).toContain(`${name}: `);
    const healed = () => ops(all, "projections", "verify", "registrations").then(({ code }) => code);
    await expect.poll(healed, { timeout: 20_000, interval: 500 }).toBe(0);
    expect((await ops(all, "sms", "report")).code).toBe(1);
    expect(calls).toBe(0);
  } finally {
    provider.close();
  }
});

test("dead letters are listed, shown, redriven once for all, and dropped", async () => {
  const messaging = await connectMessaging({ url: infrastructure.nats.url, name: "ops-test" });
  const stopping = new AbortController();
  const handled: number[] = [];
  let broken = true;
  await messaging.jsm.streams.add({ name: "OPS_TEST", subjects: ["chat.ops.test"] });
  const consuming = consume(messaging, {
    stream: "OPS_TEST",
    durable: "ops-test",
    filter: "chat.ops.test",
    signal: stopping.signal,
    handle: async ({ sequence }) => {
      if (broken) return "poison";
      handled.push(sequence);
      return "done";
    },
  });
  const list = async () =>
    JSON.parse((await ops(env, "dead-letters", "list", "--durable", "ops-test", "--json")).out) as { id: number }[];
  try {
    for (const name of ["Zoë", "Ivy", "Leo"]) await messaging.publishJson("chat.ops.test", { name });
    await expect.poll(async () => (await list()).length, { timeout: 20_000, interval: 500 }).toBe(3);
    const [first, second, third] = (await list()).map(({ id }) => String(id)) as [string, string, string];
    const shown = await ops(env, "dead-letters", "show", first);
    expect(shown.out).toMatch(/consumer +ops-test.*chat\.ops\.test.*hidden/s);
    expect(shown.out).not.toContain("Zoë");
    expect((await ops(env, "dead-letters", "show", first, "--reveal")).out).toContain("Zoë");

    expect(await ops(env, "dead-letters", "redrive", first)).toMatchObject({
      code: 1,
      out: expect.stringContaining("failed"),
    });
    broken = false;
    expect((await ops(env, "dead-letters", "redrive", first)).code).toBe(0);
    expect(await ops(env, "dead-letters", "redrive", first)).toMatchObject({
      code: 0,
      out: expect.stringContaining("gone"),
    });
    expect(handled).toHaveLength(1);

    expect(await ops(env, "dead-letters", "drop", "--all")).toMatchObject({
      code: 1,
      err: expect.stringContaining("--yes"),
    });
    expect((await ops(env, "dead-letters", "drop", second)).out).toBe(`${second}: dropped\n`);
    expect((await ops(env, "dead-letters", "redrive", "--durable", "ops-test")).out).toBe(`${third}: handled\n`);
    expect(await list()).toEqual([]);
    expect(handled).toHaveLength(2);
  } finally {
    stopping.abort();
    await consuming;
    await messaging.close();
  }
});

test("a number that a test set-up gives to everybody shows its newest families, and says so", async () => {
  const ids = Array.from({ length: 21 }, (_, i) => `same-${i}`);
  for (const id of ids) await world.register(id, ["Leo", "Khan"], 3, "+447700900333");
  const ran = await ops(env, "timeline", "07700900333", "--json");
  expect(ran.code).toBe(0);
  expect(ran.err).toContain("newest 20 of 21");
  const shown = new Set((JSON.parse(ran.out) as { registration_id: string }[]).map((line) => line.registration_id));
  expect([...shown]).toEqual(ids.slice(1));
});
