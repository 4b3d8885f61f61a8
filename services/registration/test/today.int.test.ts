import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { connectMessaging, type Messaging } from "@touchline/messaging";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeOperators } from "../src/people/operators-file.ts";
import { sha256 } from "../src/people/people.ts";
import { openBoard } from "./board-client.ts";
import { createWorld } from "./families.ts";
import { connectGateway } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;
let nats: Messaging;
let board: ReturnType<typeof openBoard>;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, { GATEWAY_TOKEN: "gateway" });
  world = createWorld(infrastructure.eventStore.url);
  nats = await connectMessaging({ url: infrastructure.nats.url, name: "test" });
  board = openBoard(service.http);
});

afterAll(async () => {
  await nats?.close();
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const page = async (of = board) => (await of.get("/admin")).text();
/** The item of a family on the page; empty when it is not there. */
const itemOf = async (id: string) => new RegExp(`<li id="t-${id}">.*?</li>`, "s").exec(await page())?.[0] ?? "";

test("the board opens on who needs somebody, with one sentence and one next step, and finished items disappear", async () => {
  const [stuck, twice, fine] = [randomUUID(), randomUUID(), randomUUID()];
  for (const [id, link, daysAgo, end] of [
    [stuck, "BRQ00TODAY1", 3, "undelivered"],
    [twice, "BRQ00TODAY2", 3, "delivered"],
    [fine, "BRQ00TODAY3", 0, "undelivered"],
  ] as const) {
    await world.register(id, ["Zoë", "<b>O'Neill"], daysAgo);
    await world.token(id, link, daysAgo);
    await world.text(id, link, daysAgo, [end]);
  }
  await world.payment(twice, "BRQ00TODAY2", "paid");
  const months = (paidTwicePence: number) =>
    world.months(twice, "BRQ00TODAY2", { behindPence: 2_750, monthsMissed: 1, mandate: "active", paidTwicePence });
  await months(4_500);

  await expect.poll(() => itemOf(stuck)).toContain("No text with the link has arrived for two days.");
  expect(await itemOf(stuck)).toContain("Zoë &lt;b&gt;O&#39;Neill");
  expect(await itemOf(stuck)).toMatch(new RegExp(`href="/admin/registrations/${stuck}">Call the parent`));
  await expect.poll(() => itemOf(twice)).toContain("£45 was paid twice.");
  expect(await itemOf(twice)).toContain("Also: A monthly fee of £27.50 is missing.");
  expect(await itemOf(twice)).toContain(`/admin/registrations/${twice}#refund-title"`);
  // Its text has a day left to arrive.
  expect(await itemOf(fine)).toBe("");

  await months(0);
  await expect.poll(() => itemOf(twice)).not.toContain("was paid twice");
  expect(await itemOf(twice)).toContain("Call the parent");
  await world.payment(stuck, "BRQ00TODAY1", "paid");
  await expect.poll(() => itemOf(stuck)).toBe("");
});

test("a family that has left is listed until its reply is dealt with and its money is given back", async () => {
  const id = randomUUID();
  const path = `/admin/registrations/${id}`;
  await world.register(id, ["Eve", "Gone"], 3);
  await world.token(id, "BRQ00TODAY5", 3);
  await world.text(id, "BRQ00TODAY5", 3, ["delivered"]);
  await world.payment(id, "BRQ00TODAY5", "paid");
  await world.happens(id, "RegistrationCancelled", { reason: "moved away", cancelledAt: world.at(1) });
  await world.reply(id, "Please send the money back", 0.5);
  const months = (paidTwicePence: number) =>
    world.months(id, "BRQ00TODAY5", { behindPence: 0, monthsMissed: 0, mandate: "gone", paidTwicePence });
  await months(4_500);
  await expect.poll(() => itemOf(id)).toContain("Also: £45 was paid twice.");
  const upTo = /name="upTo" value="([^"]+)"/.exec(await (await board.get(path)).text())?.[1] ?? "";
  expect((await board.send(path, `${path}/replies`, { upTo })).status).toBe(303);
  await expect.poll(() => itemOf(id)).not.toContain("texted back");
  expect(await itemOf(id)).toContain("£45 was paid twice.");
  await months(0);
  await expect.poll(() => itemOf(id)).toBe("");
});

test("a family whose monthly payments GoCardless refuses is named until they are set up", async () => {
  const [id, link] = [randomUUID(), "BRQ00TODAY6"];
  await world.register(id, ["Sana", "Okafor"], 3);
  await world.token(id, link, 3);
  await world.text(id, link, 3, ["delivered"]);
  await world.payment(id, link, "paid", 2);
  const refusal = { code: "validation_failed", reason: "start_date is too late", refusedAt: world.at(1) };
  await world.say(id, link, "SubscriptionRefused", { mandateId: "MD00SANA", ...refusal });
  await expect.poll(() => itemOf(id)).toContain("GoCardless has refused the monthly payments");
  const family = await (await board.get(`/admin/registrations/${id}`)).text();
  expect(family).toContain("(validation_failed: start_date is too late)");
  const list = async () => (await board.get("/admin/registrations?show=subscription_refused")).text();
  expect(await list()).toContain(`<li id="r-${id}">`);
  const made = { amountPence: 2_750, dayOfMonth: 1, startDate: "2026-12-01", payments: 6, createdAt: world.at(0) };
  await world.say(id, link, "SubscriptionCreated", { subscriptionId: "SB00SANA", mandateId: "MD00SANA", ...made });
  await expect.poll(() => itemOf(id)).toBe("");
  expect(await list()).not.toContain(`<li id="r-${id}">`);
});

test("gRPC lists the same, with the registration and why", async () => {
  const gateway = connectGateway(service.grpc, "gateway");
  const { items, total } = (await gateway.call("ListToday", {})) as unknown as {
    items: { registration: { registration_id: string }; reasons: { code: string }[] }[];
    total: number;
  };
  expect(total).toBe(items.length);
  for (const { registration, reasons } of items) {
    expect(reasons.length).toBeGreaterThan(0);
    expect(await itemOf(registration.registration_id)).not.toBe("");
  }
  await expect(gateway.call("ListToday", { limit: -1 })).rejects.toThrow("limit");
  gateway.close();
});

test("a dead letter is an item for those who see the whole club, and families of other teams are for nobody else", async () => {
  const lion = randomUUID();
  await world.register(lion, ["Leo", "Khan"], 3, "+447700900123", "Lions");
  await world.token(lion, "BRQ00TODAY4", 3);
  await world.text(lion, "BRQ00TODAY4", 3, ["undelivered", "30005"]);
  await nats.publish("dead.registration-intake", "{}");
  await expect.poll(() => itemOf("dead-letters")).toContain("One message inside Touchline");
  await expect.poll(() => itemOf(lion)).not.toBe("");

  const createdAt = "2026-11-28T09:00:00.000Z";
  const limited = (id: string, team: string) => ({
    id,
    name: id,
    role: "viewer" as const,
    teams: [team],
    tokens: [{ id: `t-${id}`, sha256: sha256(`secret ${id}`), createdAt }],
  });
  const path = join(infrastructure.dataDir, "registration", "operators.json");
  writeOperators(path, [limited("lions", "Lions"), limited("owls", "Owls")]);
  for (const [who, sees] of [
    ["lions", true],
    ["owls", false],
  ] as const) {
    const own = openBoard(service.http);
    await own.logIn(`secret ${who}`);
    const text = await page(own);
    expect([who, text.includes(lion)]).toEqual([who, sees]);
    expect(text).not.toContain("inside Touchline");
    expect(text.includes("No family needs you now.")).toBe(!sees);
  }
  const gateway = connectGateway(service.grpc, "secret lions");
  const changes = gateway.watchAll();
  changes.on("error", () => {});
  for await (const { registration_id } of changes) {
    expect(registration_id).toBe(lion);
    break;
  }
  changes.cancel();
  gateway.close();
});
