import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startNats } from "@touchline/embedded";
import { londonDay, londonInstant } from "@touchline/london";
import { connectMessaging, consume } from "@touchline/messaging";
import { systemRuntime } from "@touchline/service/runtime";
import { temporaryFolder } from "@touchline/testing";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld } from "../../registration/test/families.ts";
import { type RunningService, startService } from "../../registration/test/harness.ts";
import { ops, opsOn, opsProcess, startStoreIn } from "./touchline.ts";

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

test("a timeline is the same by registration, billing request, link or phone, with numbers masked", async () => {
  const shown = await ops(env, "timeline", "zoe");
  expect(shown).toMatchObject({ code: 0, err: "" });
  const words = ["Zoë O'Neill was registered", link, "A text with the link", "Twilio accepted", "not delivered"];
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

test("a timeline at an instant shows what each view said then, and since which event", async () => {
  const at = async (instant: string) => {
    const { out } = await ops(env, "timeline", "zoe", "--at", instant, "--json");
    const said = JSON.parse(out) as { view: string; name: string; value: string; event: string }[];
    return said.map(({ view, name, value, event }) => `${view} ${name}: ${value} (${event})`);
  };
  const [registered] = JSON.parse((await ops(env, "timeline", "zoe", "--json")).out) as [{ at: string }];
  expect(await at(registered.at)).toEqual([
    "registration child_name: Zoë O'Neill (RegistrationCompleted)",
    "registration parent_name: Sam O'Neill (RegistrationCompleted)",
    "registration team: Tigers (RegistrationCompleted)",
    "registration age_group: u10 (RegistrationCompleted)",
    "registration monthly_fee_pence: £27.50 (RegistrationCompleted)",
    "registration preferred_payment_day: 1 (RegistrationCompleted)",
    "registration payment_status: pending (RegistrationCompleted)",
    "registration sms_delivery_status: pending (RegistrationCompleted)",
  ]);
  const now = await at(new Date().toISOString());
  expect(now).toContain("registration sms_delivery_status: undelivered (TextStatusChanged)");
  expect(now).toContainEqual(expect.stringMatching(/^account fee: expected £45.*PaymentTokenCreated/));
  expect((await ops(env, "timeline", "zoe", "--at", "2020-01-01")).err).toMatch(/^Nothing was known/);
});

test("an export holds everything that is stored of a family, in a file for its owner only", async () => {
  const file = join(infrastructure.dataDir, "zoe.json");
  expect(await ops(env, "export", link, file)).toMatchObject({ code: 0, out: "" });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { registrationId, events } = JSON.parse(readFileSync(file, "utf8"));
  expect(registrationId).toBe("zoe");
  expect(events).toHaveLength(8);
  expect(events[0]).toMatchObject({
    stream: "registration-zoe",
    type: "RegistrationCompleted",
    data: { parentPhone: "+447700900123", parent: { email: "sam@example.org" } },
  });
  expect(events).toContainEqual(
    expect.objectContaining({ data: expect.objectContaining({ body: "Registration complete!" }) }),
  );
  const { exportedAt: _, ...same } = JSON.parse((await ops(env, "export", "zoe", "-")).out);
  expect(same).toEqual({ registrationId, events });
  const again = await ops(env, "export", "zoe", file);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining("already exists")]);
  expect((await ops(env, "export", "nobody", `${file}.2`)).code).toBe(1);
});

test("a season is exported for a rehearsal without names, numbers or ids", async () => {
  const file = join(infrastructure.dataDir, "season.jsonl");
  expect(await ops(env, "export-season", file)).toMatchObject({ code: 0, out: "" });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, "utf8");
  expect(text).not.toMatch(/zoe|ivy|Zoë|Wilson|BRQ|447700/);
  const at = expect.any(String);
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual({ family: 1, at, what: "registered" });
  expect(lines).toContainEqual({ family: 1, at, what: "not_delivered" });
  expect(lines).toContainEqual({ family: 2, at, what: "paid" });
  expect((await ops(env, "export-season", file)).err).toContain("already exists");
});

test("a timeline needs nothing but the event store", async () => {
  const { path, remove } = temporaryFolder("ops");
  const store = await startStoreIn(path);
  const alone = createWorld(store.url);
  try {
    await alone.register("zoe", ["Zoë", "O'Neill"]);
    const settings = { EVENTSTORE_URL: store.url, NATS_URL: "nats://127.0.0.1:1", GRPC_PORT: "1" };
    expect((await ops(settings, "timeline", "07700900123")).out).toContain("Zoë O'Neill was registered");
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
  expect(await ids("oneill", "zoe")).toEqual(["zoe"]);
  expect(await ids("456")).toEqual(["ivy"]);
  expect(await ids("--team", "Tigers", "--payment", "paid", "--text", "pending")).toEqual(["ivy"]);
  expect(await ids("--team", "tigers")).toEqual([]);
  expect(await ids("--age-group", "u10", "--season", "2627", "--sort", "oldest_unpaid")).toEqual(["zoe"]);
  expect(await ids("--suspended")).toEqual([]);
  expect((await ops(env, "list", "--sort", "age")).code).toBe(64);
  expect(await ids("--limit", "1")).toEqual(["ivy"]);
  const table = await ops(env, "list");
  expect(table.out).toMatch(/Ivy Wilson +Tigers u10 +\+44•••••••456 +paid/);
  const csv = await ops(env, "list", "--csv", "--reveal");
  expect(csv.out).toMatch(/^\uFEFFregistration_id,created_at,child_name,/);
  expect(csv.out).toContain("'+447700900456");
});

test("operators add a note once, list it and remove it; the gateway may not", async () => {
  const [folder, own] = [temporaryFolder("ops"), "the operator's own"];
  const alone = await startService({ ...infrastructure, dataDir: folder.path });
  const settings = {
    ...env,
    GRPC_PORT: alone.grpc.split(":")[1] ?? "",
    GATEWAY_TOKEN: "",
    TOUCHLINE_OPERATOR_TOKEN: "",
  };
  try {
    const note = ["note", "ivy", `${own} words\nand more`, "--note-id", "n-1"];
    // The view follows within moments.
    await expect.poll(async () => (await ops(settings, ...note)).out).toContain("Added as n-1.");
    expect((await ops(settings, ...note)).out).toBe("It was already added.\n");
    const listed = JSON.parse((await ops(settings, "notes", "ivy", "--json")).out) as object[];
    expect(listed).toEqual([{ note_id: "n-1", added_at: expect.any(String), text: `${own} words\nand more` }]);
    expect((await ops(settings, "notes", "ivy")).out).toContain(`${own} words / and more`);
    expect((await ops(settings, "timeline", "ivy")).out).not.toContain(own);
    expect((await ops(settings, "remove-note", "ivy", "n-2")).code).toBe(1);
    expect((await ops(settings, "remove-note", "ivy", "n-1")).out).toBe("The note is removed.\n");
    expect((await ops(settings, "notes", "ivy")).err).toContain("There are no notes.");
    // With the gateway's token.
    expect((await ops(env, "notes", "ivy")).err).toContain("Notes are for the club's operators.");
    expect((await ops(env, ...note)).err).toContain("Your role does not allow this.");
  } finally {
    await alone.stop();
    folder.remove();
  }
});

test("a family that needs a human is listed with the next step until it is done", async () => {
  const listed = async () => JSON.parse((await ops(env, "today", "--json")).out) as Record<string, string>[];
  const [zoe, ...others] = await listed();
  expect(others).toEqual([]);
  expect(zoe).toMatchObject({ registration_id: "zoe", child_name: "Zoë O'Neill", reasons: "unreachable" });
  expect((await ops(env, "today")).out).toMatch(
    /zoe +Zoë O'Neill +Tigers u10 .*No text .* two days\. +Call the parent/,
  );
  expect((await ops(env, "today", "--csv")).out).toContain(
    "registration_id,child_name,team,reasons,since,why,next_step",
  );

  await world.register("twice", ["Max", "Twice"]);
  await world.token("twice", "BRQ0000MAX1");
  await world.payment("twice", "BRQ0000MAX1", "paid");
  await world.months("twice", "BRQ0000MAX1", {
    behindPence: 0,
    monthsMissed: 0,
    mandate: "active",
    paidTwicePence: 4_500,
  });
  await expect.poll(async () => (await listed()).map(({ reasons }) => reasons)).toEqual(["unreachable", "paid_twice"]);
  await world.months("twice", "BRQ0000MAX1", { behindPence: 0, monthsMissed: 0, mandate: "active", paidTwicePence: 0 });
  await expect.poll(async () => (await listed()).map(({ registration_id: id }) => id)).toEqual(["zoe"]);
});

test("changes go through the registration service, which explains a refusal", async () => {
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

test("an operator amends names, and a treasurer the fee and payment day", async () => {
  await world.register("ned", ["Ned", "Nash"]);
  const tokenOf = async (name: string, role: string) =>
    (JSON.parse((await ops(env, "operators", "add", name, "--role", role, "--json")).out) as { token: string }).token;
  const [operator, treasurer] = [await tokenOf("Ola", "operator"), await tokenOf("Tia", "treasurer")];
  const amendBy =
    (token: string) =>
    (...args: string[]) =>
      ops({ ...env, TOUCHLINE_OPERATOR_TOKEN: token }, "amend", "ned", ...args);
  const lastOf = async () => (await world.store.read("registration-ned")).at(-1);
  const named = await amendBy(operator)("--team", "Lions", "--child", "Ned", "Nash-Bell");
  expect(named).toMatchObject({ code: 0, out: "Amended.\n" });
  const child = { firstName: "Ned", lastName: "Nash-Bell" };
  expect(await lastOf()).toMatchObject({ type: "RegistrationAmended", data: { changes: { team: "Lions", child } } });
  expect((await amendBy(operator)("--child", "Ned", "Mary", "Nash")).err).toContain("two parts");
  expect((await amendBy(operator)("--age-group", "u99")).err).toContain("ageGroup: ");

  const money = ["--monthly-pence", "2000", "--payment-day", "last"];
  expect((await amendBy(operator)(...money)).err).toContain("Your role does not allow this.");
  expect((await amendBy(treasurer)(...money)).out).toBe("Amended. What follows at GoCardless: timeline ned\n");
  const terms = { monthlyFeePence: 2_000, preferredPaymentDay: -1, count: 1 };
  expect(await lastOf()).toMatchObject({ type: "MonthlyTermsAmended", data: terms });
  expect((await amendBy(treasurer)(...money)).out).toBe("It is the same as before.\n");
  expect((await amendBy(treasurer)("--payment-day", "15", "--json")).out).toBe(
    '{"registrationId":"ned","changed":true}\n',
  );
  expect((await amendBy(treasurer)("--payment-day", "32")).err).toContain("preferredPaymentDay: ");
  for (const text of ["27.5", "", "£20"]) {
    const { code, err } = await amendBy(treasurer)("--monthly-pence", text);
    expect([code, err]).toEqual([64, expect.stringMatching(/--monthly-pence .*whole number/)]);
  }
  const timeline = (await ops(env, "timeline", "ned")).out;
  expect(timeline).toContain("£20 a month on the last day of the month");
  for (const name of ["Ola", "Tia"]) await ops(env, "operators", "remove", name);
});

test("people with the right role snooze a family and remind a team", async () => {
  await world.register("kit", ["Kit", "Khan"], 3, "+447700900456", "Owls");
  await world.token("kit", "BRQ0000KIT1", 3);
  const added = await ops(env, "operators", "add", "Kim", "--role", "operator", "--json");
  const own = { ...env, TOUCHLINE_OPERATOR_TOKEN: (JSON.parse(added.out) as { token: string }).token };
  const lastOf = async () => (await world.store.read("registration-kit")).at(-1);
  const day = londonDay(new Date(Date.now() + 30 * 86_400_000));
  const snoozed = await ops(own, "snooze", "kit", "--until", day);
  expect(snoozed.out).toMatch(/^No reminders and no suspension until .* 08:00:00\.\n$/);
  expect((await lastOf())?.data).toMatchObject({ until: londonInstant(day, 8).toISOString() });
  const remind = ["remind-team", "Owls", "--season", "2627"];
  expect((await ops(own, ...remind)).out).toBe("0 families reminded.\n  not 1 family: snoozed or exempt\n");
  expect((await ops(own, "snooze", "kit", "--end")).out).toContain("Reminders continue");
  expect((await ops(own, ...remind, "--dry-run")).out).toBe("1 family would be reminded.\n");
  expect((await ops(own, ...remind, "--json")).out).toBe('{"reminded":1,"notReminded":[]}\n');
  expect((await lastOf())?.type).toBe("ReminderRequested");
  expect((await ops(own, "snooze", "kit")).err).toContain("Give one of");
  for (const until of ["soon", "2026-02-31"]) {
    const { code, err } = await ops(own, "snooze", "kit", "--until", until);
    expect([code, err]).toEqual([64, expect.stringMatching(/--until .*a day such as/)]);
  }
  expect((await ops(own, "snooze", "kit", "--until", "2026-01-10")).err).toContain("2026-01-10 is over");
  expect((await ops(own, "remind-team", "Wolves", "--season", "2627")).out).toContain("No family of this team");
  expect((await ops(env, ...remind)).code).toBe(1);
  await ops(env, "operators", "remove", "Kim");
});

test("operators get tokens of their own, and what they do has their name until they are removed", async () => {
  await world.register("max", ["Max", "Moss"]);
  const lastOf = async () => (await world.store.read("registration-max")).at(-1)?.metadata.actor;
  const denied = await ops(env, "erase", "max", "--yes");
  expect([denied.code, denied.err]).toEqual([1, expect.stringMatching(/not allow.*TOUCHLINE_OPERATOR_TOKEN/s)]);

  const added = await ops(env, "operators", "add", "Sam Khan", "--role", "operator", "--json");
  const { id, tokenId, token } = JSON.parse(added.out) as Record<"id" | "tokenId" | "token", string>;
  const own = { ...env, TOUCHLINE_OPERATOR_TOKEN: token };
  expect((await ops(own, "resend", "max")).code).toBe(0);
  expect(await lastOf()).toBe(id);
  expect((await ops(env, "timeline", "max")).out).toContain("requested · by Sam Khan");
  expect((await ops(own, "erase", "max", "--yes")).err).toMatch(/not allow.*Ask somebody/s);
  const path = join(infrastructure.dataDir, "registration", "operators.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).not.toContain(token);
  expect((await ops(env, "operators", "add", "Sam Khan", "--role", "admin")).code).toBe(1);

  const second = await ops(env, "operators", "token", "Sam Khan");
  expect((await ops(env, "operators", "list")).out).toMatch(
    new RegExp(`${id} +Sam Khan +operator +all +${tokenId} .*t-`),
  );
  expect((await ops(env, "operators", "withdraw", tokenId)).out).toContain("has 1 more");
  expect((await ops(own, "list")).err).toContain("was withdrawn");
  const other = { ...env, TOUCHLINE_OPERATOR_TOKEN: second.out.trim() };
  expect((await ops(other, "list")).code).toBe(0);

  await ops(env, "operators", "add", "Ann Lee", "--role", "viewer", "--team", "Lions", "Tigers");
  expect((await ops(env, "operators", "remove", id)).code).toBe(0);
  expect((await ops(other, "list")).code).toBe(1);
  expect((await ops(env, "timeline", "max")).out).toContain("requested · by a former operator");
  expect((await ops(env, "timeline", "max", "--json")).out).toContain('"by": "a former operator"');
  expect((await ops(env, "operators", "list")).out).toMatch(/Ann Lee +viewer +Lions, Tigers/);
});

test("every failure says what to do", async () => {
  const { GATEWAY_TOKEN: _, ...tokenless } = env;
  const cases: [Record<string, string>, string[], number, RegExp][] = [
    [tokenless, ["list"], 1, /Set TOUCHLINE_OPERATOR_TOKEN/],
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
    [env, ["operators", "withdraw", "t-1"], 1, /no such token/],
    [env, ["operators", "token", "Sam"], 1, /no such operator/],
    [env, ["operators", "add", "Sam", "--role", "owner"], 64, /viewer, operator, treasurer, admin/],
    [env, ["operators", "add", "", "--role", "viewer"], 64, /name.*1 to 100 characters/],
    [env, ["operators", "add", "Sam", "--role", "viewer", "--team", ""], 64, /--team.*1 to 100 characters/],
    [env, ["refund", "zoe", "--pence", "45.50"], 64, /--pence.*whole number/],
    [env, ["record-money", "zoe", "--kind", "cash", "--note", "R-1", "--pence", "£5"], 64, /--pence.*whole number/],
    [{ ...env, RETENTION_MONTHS: "abc" }, ["retention"], 78, /RETENTION_MONTHS must be a whole number/],
    [env, ["retention", "--months", "0"], 64, /number of months/],
    [env, ["list", "--since", "yesterday"], 64, /today, 24h, 7d/],
    [env, ["lost"], 64, /unknown command/],
    [env, ["dead-letters", "drop"], 1, /Say which/],
    [env, ["dead-letters", "drop", "--all"], 1, /several.*--yes/s],
    [{ ...env, EVENTSTORE_URL: "localhost:2113" }, ["timeline", "zoe"], 78, /EVENTSTORE_URL must start with esdb:/],
    [{ ...env, GRPC_PORT: "x" }, ["list"], 78, /GRPC_PORT must be a whole number/],
    [env, ["move", "--to", "localhost:2113"], 1, /empty store must start with esdb:/],
    [env, ["move", "--to-file", "/nowhere/url"], 1, /\/nowhere\/url cannot be read \(ENOENT\)/],
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
    "operators",
    "dead-letters",
    "projections",
    "backup",
    "reconcile",
    "restore",
    "scavenge",
    "sms",
  ]) {
    expect(help.out).toContain(command);
    expect((await ops(env, command, "--help")).out).toMatch(/^Usage: /);
  }
});

test("an erasure of which copies are left says so, and ends with 1", async () => {
  await world.register("lea", ["Lea", "Moss"]);
  const added = await ops(env, "operators", "add", "Ada Moss", "--role", "admin", "--json");
  const own = { ...env, TOUCHLINE_OPERATOR_TOKEN: JSON.parse(added.out).token as string };
  const impatient = { ...systemRuntime(), monotonicMs: () => 100 * performance.now() };
  // The other services do not run here.
  expect(await opsOn(impatient, own, "erase", "lea", "--yes", "--json")).toMatchObject({
    code: 1,
    out: expect.stringContaining('"complete":false'),
    err: expect.stringContaining("still have copies"),
  });
  await ops(env, "operators", "remove", "Ada Moss");
});

test("a NATS without our streams, and one that refuses the login, are named", async () => {
  const { path, remove } = temporaryFolder("nats");
  const bare = await startNats({ dataDir: path });
  for (const args of [["republish"], ["dead-letters", "list"]])
    expect(await ops({ ...env, NATS_URL: bare.url }, ...args)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^NATS at .* does not have this stream/),
    });
  await bare.stop();
  remove();

  const info = JSON.stringify({
    server_id: "test",
    version: "2.11.16",
    proto: 1,
    headers: true,
    max_payload: 1_000_000,
  });
  const closed = createTcpServer((socket) => {
    socket.on("error", () => {}).write(`INFO ${info}\r\n`);
    socket.once("data", () => socket.end("-ERR 'Authorization Violation'\r\n"));
  }).listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  const refused = await ops({ ...env, NATS_URL: `nats://operator:secret@127.0.0.1:${port}` }, "streams");
  expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/does not let this user in/)]);
  expect(refused.err).not.toContain("secret@");
  closed.close();
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

test("dead letters are listed, shown, redriven once and dropped", async () => {
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

test("a number that very many families share shows the newest families, and says so", async () => {
  const ids = Array.from({ length: 21 }, (_, i) => `same-${i}`);
  for (const id of ids) await world.register(id, ["Leo", "Khan"], 3, "+447700900333");
  const ran = await ops(env, "timeline", "07700900333", "--json");
  expect(ran.code).toBe(0);
  expect(ran.err).toContain("newest 20 of 21");
  const shown = new Set((JSON.parse(ran.out) as { registration_id: string }[]).map((line) => line.registration_id));
  expect([...shown]).toEqual(ids.slice(1));
});
