import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { londonDay, londonInstant, quietUntil } from "@touchline/london";
import { eventually } from "@touchline/testing";
import { type Infrastructure, metric, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeOperators } from "../src/people/operators-file.ts";
import { sha256 } from "../src/people/people.ts";
import { openBoard } from "./board-client.ts";
import { createWorld } from "./families.ts";
import { connectGateway } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";

const DAY_MS = 86_400_000;
let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;
let operator: ReturnType<typeof connectGateway>;

const createdAt = "2026-11-28T09:00:00.000Z";
const person = (id: string, role: "viewer" | "operator", teams?: string[]) => ({
  id,
  name: id,
  role,
  ...(teams && { teams }),
  tokens: [{ id: `${id}-t`, sha256: sha256(`${id}-token`), createdAt }],
});
const typesOf = async (id: string) => (await world.store.read(`registration-${id}`)).slice(1).map(({ type }) => type);

/** Registered this many days ago, and texted the link. */
const family = async (id: string, daysAgo: number, team = "Tigers") => {
  await world.register(id, ["Zoë", id], daysAgo, undefined, team);
  const link = `BRQ0000${id.toUpperCase()}`;
  await world.token(id, link, daysAgo);
  await world.text(id, link, daysAgo, ["delivered"]);
  return link;
};

beforeAll(async () => {
  infrastructure = await startInfrastructure("follow-up");
  writeOperators(join(infrastructure.dataDir, "registration", "operators.json"), [
    person("op", "operator"),
    person("lions", "operator", ["Lions"]),
    person("viewer", "viewer"),
  ]);
  world = createWorld(infrastructure.eventStore.url);
  await family("due", 12);
  await family("new", 2);
  await world.payment("paid", await family("paid", 12), "paid");
  await family("today", 0);
  await family("exempt", 12);
  await world.register("waiting", ["Leo", "Khan"]);
  await family("lion", 2, "Lions");
  service = await startService(infrastructure, { SUSPEND_AFTER_DAYS: "8", GATEWAY_TOKEN: "the-gateway-knows-it" });
  operator = connectGateway(service.grpc, "op-token");
});

afterAll(async () => {
  operator?.close();
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

test("only operators snooze and remind, and only families that they see", async () => {
  const of = { team: "Tigers", season: "2627" };
  for (const token of ["the-gateway-knows-it", "viewer-token"]) {
    const caller = connectGateway(service.grpc, token);
    const denied = { code: status.PERMISSION_DENIED };
    await expect(caller.call("SnoozeRegistration", { registration_id: "new", until: "season" })).rejects.toMatchObject(
      denied,
    );
    await expect(caller.call("RemindTeam", of)).rejects.toMatchObject(denied);
    caller.close();
  }
  const lions = connectGateway(service.grpc, "lions-token");
  const notFound = { code: status.NOT_FOUND };
  await expect(lions.call("SnoozeRegistration", { registration_id: "new", until: "" })).rejects.toMatchObject(notFound);
  expect(await lions.call("RemindTeam", of)).toMatchObject({ reminded: 0, not_reminded: [] });
  lions.close();
  expect(await typesOf("new")).toEqual([]);
});

test("a family is exempt until an operator says otherwise", async () => {
  const snooze = (until: string, registration_id = "exempt") =>
    operator.call("SnoozeRegistration", { registration_id, until });
  expect(await snooze("season")).toMatchObject({ changed: true });
  expect(await snooze("season")).toMatchObject({ changed: false });
  expect(await operator.call("GetRegistration", { registration_id: "exempt" })).toMatchObject({
    snoozed_until: "season",
  });
  await expect(snooze("soon")).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  await expect(snooze("", "nobody")).rejects.toMatchObject({ code: status.NOT_FOUND });
});

test("each unpaid family of a team is reminded once a day; the others are counted by reason", async () => {
  const of = { team: "Tigers", season: "2627" };
  const others = [
    { reason: "no_link", families: 1 },
    { reason: "texted_today", families: 1 },
    { reason: "snoozed", families: 1 },
  ];
  const sorted = (answer: object) =>
    (answer as { not_reminded: { reason: string; families: number }[] }).not_reminded.sort((a, b) =>
      a.reason < b.reason ? -1 : 1,
    );
  const dry = await operator.call("RemindTeam", { ...of, dry_run: true });
  expect(dry).toMatchObject({ reminded: 2 });
  expect(sorted(dry)).toEqual(sorted({ not_reminded: others }));
  expect(await typesOf("new")).toEqual([]);
  expect(await operator.call("RemindTeam", of)).toMatchObject({ reminded: 2 });
  expect(await typesOf("new")).toEqual(["ReminderRequested"]);
  const again = await operator.call("RemindTeam", of);
  expect(again).toMatchObject({ reminded: 0 });
  expect(sorted(again)).toContainEqual({ reason: "texted_today", families: 3 });
  expect(await operator.call("RemindTeam", { ...of, season: "2526" })).toMatchObject({ reminded: 0, not_reminded: [] });
  await expect(operator.call("RemindTeam", { team: "", season: "" })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
  });
});

test("the board shows who would be reminded before it asks for confirmation", async () => {
  const board = openBoard(service.http);
  await board.logIn("op-token");
  expect(await (await board.get("/admin/registrations?show=unpaid")).text()).toContain(
    '<option value="2627/Lions">Lions 2026/27 (1)',
  );
  const path = "/admin/remind?of=2627/Lions";
  expect(await (await board.get(path)).text()).toContain("Remind 1 family");
  expect(await typesOf("lion")).toEqual([]);
  const done = await board.send(path, "/admin/remind?team=Lions&season=2627");
  expect(await done.text()).toContain("1 family will get a reminder.");
  expect(await typesOf("lion")).toEqual(["ReminderRequested"]);
  expect(await (await board.get(path)).text()).toContain("texted today, or about to be");
  expect((await board.get("/admin/remind")).headers.get("location")).toBe("/admin/registrations?show=unpaid");

  const page = "/admin/registrations/lion";
  const snoozed = await board.send(page, `${page}/snooze`, { for: "7" });
  expect(snoozed.headers.get("location")).toBe(`${page}?done=snoozed`);
  const until = londonInstant(londonDay(new Date(Date.now() + 7 * DAY_MS)), 8).toISOString();
  expect((await world.store.read("registration-lion")).at(-1)?.data).toMatchObject({ until });
  expect(await (await board.get(page)).text()).toContain("Left alone until");
  const ended = await board.send(page, `${page}/snooze`, { for: "end" });
  expect(ended.headers.get("location")).toBe(`${page}?done=snooze_ended`);
  expect((await board.send(page, `${page}/snooze`, { for: "ever" })).status).toBe(422);
});

test.skipIf(quietUntil(new Date()))(
  "who has not paid in time is shown as suspended, until an operator snoozes the family",
  async () => {
    const shown = () => operator.call("GetRegistration", { registration_id: "due" });
    await eventually(async () => (await shown()).suspended_at !== null);
    expect(await metric(service.http, "touchline_registrations_suspended")).toBe(1);
    const board = openBoard(service.http);
    await board.logIn("op-token");
    expect(await (await board.get("/admin/registrations/due")).text()).toContain("Suspended");
    expect(await operator.call("SnoozeRegistration", { registration_id: "due", until: "season" })).toMatchObject({
      changed: true,
    });
    expect(await shown()).toMatchObject({ suspended_at: null, snoozed_until: "season" });
    expect((await typesOf("due")).slice(-3)).toEqual([
      "ReminderRequested",
      "RegistrationSnoozed",
      "RegistrationReinstated",
    ]);
  },
);
