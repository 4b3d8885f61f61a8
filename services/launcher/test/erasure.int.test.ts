import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { connectEventStore } from "@touchline/event-store";
import { processesOf } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ops as run } from "../../ops/test/touchline.ts";
import { type Opened, openTouchline } from "./opened.ts";
import type { GrpcStranger, NatsStranger } from "./outsiders.ts";
import type { Running } from "./running.ts";
import { type StandIns, startStandIns } from "./stand-ins.ts";
import { inSnakeCase, registrationOf } from "./world.ts";

/** Nothing else on this machine has this name. */
const canary = {
  child: { firstName: "Zephyrina", lastName: "Quillfeather" },
  parent: { firstName: "Ottoline", lastName: "Quillfeather", email: "ottoline@quillfeather.example" },
};
const canaries = [
  "Zephyrina",
  "Quillfeather",
  "Ottoline",
  "quillfeather.example",
  "7700900987",
  "7700900988",
  "7700900986",
  "7700900989",
];
const [paidPhone, waitingPhone, refusedPhone] = ["+447700900987", "+447700900988", "+447700900989"];

let standIns: StandIns;
let touchline: Running;
let grpc: GrpcStranger;
let nats: NatsStranger;

let close: Opened["close"];

const open = async () => {
  ({ touchline, grpc, nats, close } = await openTouchline(standIns.env));
};

beforeAll(async () => {
  standIns = await startStandIns();
  await open();
}, 60_000);

afterAll(async () => {
  await touchline.stop();
  await standIns.stop();
  expect(processesOf(standIns.dataDir)).toEqual([]);
  rmSync(standIns.dataDir, { recursive: true, force: true });
});

const patient = { timeout: 20_000, interval: 100 };
const get = (registrationId: string) => grpc.call("GetRegistration", { registration_id: registrationId });
const ops = (...args: string[]) => run(standIns.env, ...args);
const textsTo = (to: string) => standIns.twilio.messages.filter((m) => m.to === to && m.direction !== "inbound");
const tap = async (link: string) => {
  const answer = await fetch(`${touchline.urls.edge}/reg_setup/${link}`, {
    redirect: "manual",
    headers: { "user-agent": "Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile" },
  });
  const headers = [...answer.headers].filter(([name]) => name !== "date");
  return { status: answer.status, headers, body: await answer.text() };
};

/** Files under the data folder that hold any of these words in UTF-8, and which ones. */
const holding = (words: readonly string[]): string[] =>
  readdirSync(standIns.dataDir, { recursive: true, encoding: "utf8" }).flatMap((name) => {
    const path = join(standIns.dataDir, name);
    if (!statSync(path).isFile()) return [];
    const bytes = readFileSync(path);
    return words.filter((word) => bytes.includes(word)).map((word) => `${name}: ${word}`);
  });

test("an erased family is gone from every answer at once, and from every file after a scavenge", async () => {
  const { twilio, goCardless, mail } = standIns;
  const [paid, waiting, refused] = [paidPhone, waitingPhone, refusedPhone].map((phone) =>
    registrationOf(phone, canary),
  );
  const other = registrationOf("+447700900111");
  if (!paid || !waiting || !refused) throw new Error("There are three.");

  // A parent who cannot be reached by text, so the link went by e-mail.
  twilio.faults.set({ requests: [{ on: "messages.create", kind: "error", code: 21_211, times: 1 }] });
  const emailed = registrationOf("+447700900986", canary);
  await nats.register(emailed);
  await expect.poll(() => get(emailed.registrationId), patient).toMatchObject({ email_status: "sent" });
  expect(mail.mails.all()).toMatchObject([
    { to: canary.parent.email, text: expect.stringContaining("/reg_setup/BRQ") },
  ]);
  // One that has paid, whose message came twice; another that was corrected.
  await nats.register(paid);
  await nats.register(paid);
  await nats.register(other);
  await expect.poll(() => get(paid.registrationId), patient).toMatchObject({ sms_delivery_status: "delivered" });
  const link = String((await get(paid.registrationId)).billing_request_id);
  expect((await tap(link)).status).toBe(303);
  goCardless.pay(link);
  await expect.poll(() => get(paid.registrationId), patient).toMatchObject({ payment_status: "paid" });
  await twilio.receive({ from: "+447700900987", to: "+447700900000", body: "Quillfeather here, I paid the coach" });
  await expect.poll(async () => (await get(paid.registrationId)).replied_at, patient).toBeTruthy();
  // One whose text waits for a Twilio that is down.
  twilio.faults.set({ requests: [{ on: "messages.create", kind: "status", status: 503 }] });
  await nats.register(waiting);
  await expect
    .poll(() => get(waiting.registrationId), patient)
    .toMatchObject({
      billing_request_id: expect.stringMatching(/^BRQ/),
      sms_attempts: 1,
    });
  // One in the dead letters, because GoCardless refuses it.
  goCardless.faults.set({
    requests: [{ on: "billing_requests.create", kind: "error", code: "validation_failed", times: 1 }],
  });
  await nats.register(refused);
  await expect.poll(async () => (await ops("dead-letters", "list")).out, patient).toContain("payment-link-tokens");
  await expect.poll(() => get(other.registrationId), patient).toMatchObject({ sms_delivery_status: "delivered" });
  expect(holding(canaries).length).toBeGreaterThan(0);

  expect((await ops("erase", paid.registrationId)).err).toContain("--yes");
  const watching = watch(paid.registrationId);
  expect(await ops("erase", link, "--yes")).toMatchObject({ code: 0, out: expect.stringMatching(/^Erased\. None/) });
  expect(await watching).toBe(5);
  expect((await ops("erase", waiting.registrationId, "--yes")).code).toBe(0);
  expect((await ops("erase", emailed.registrationId, "--yes")).code).toBe(0);
  expect((await ops("erase", refused.registrationId, "--yes")).code).toBe(0);
  expect((await ops("erase", paid.registrationId, "--yes")).out).toContain("already erased");
  expect((await ops("erase", "nobody", "--yes")).err).toContain("no such registration");

  // The providers have forgotten them too.
  const bodies = () =>
    twilio.messages.filter(({ to, from }) => [to, from].includes(paidPhone ?? "")).map(({ body }) => body);
  await expect.poll(bodies, patient).toEqual(bodies().map(() => ""));
  expect(bodies().length).toBeGreaterThanOrEqual(2);
  const payer = goCardless.billingRequests.find(({ id }) => id === link)?.links.customer;
  await expect.poll(() => goCardless.customers.some(({ id }) => id === payer), patient).toBe(false);

  // Every answer.
  for (const { registrationId } of [paid, waiting, refused, emailed]) {
    await expect(get(registrationId)).rejects.toMatchObject({ code: 5 });
    await expect(grpc.call("ResendPaymentLink", { registration_id: registrationId })).rejects.toMatchObject({
      code: 5,
    });
  }
  const unknown = await tap("BRQ0000NEVERWAS");
  expect(await tap(link)).toEqual(unknown);
  expect(unknown.status).toBe(404);
  expect((await ops("list", "--reveal")).out).not.toMatch(new RegExp(canaries.join("|")));
  const timeline = await ops("timeline", link);
  expect(timeline.out).toMatch(/was erased at .*/);
  expect(timeline.out).toContain("PM");
  expect(timeline.out).not.toMatch(new RegExp(canaries.join("|")));
  expect((await ops("timeline", paidPhone)).err).toContain("No registration was found");
  expect((await ops("dead-letters", "list", "--json")).out.trim()).toBe("[]");

  // The chat submits it again: that is neither a new family nor a duplicate, and leaves nothing behind.
  await nats.register(paid);
  await expect
    .poll(() => nats.refusals.find(({ registrationId }) => registrationId === paid.registrationId), patient)
    .toMatchObject({ code: "erased", fieldErrors: [{ field: "registrationId", code: "erased" }] });
  await expect(grpc.call("CompleteRegistration", inSnakeCase(paid))).rejects.toMatchObject({ code: 9 });

  // What was still to be paid is cancelled; what was paid stays accountable.
  await expect
    .poll(() => goCardless.billingRequests.find((r) => r.metadata.registration_id === waiting.registrationId)?.status)
    .toBe("cancelled");
  await expect.poll(() => goCardless.subscriptions.every(({ status }) => status === "cancelled"), patient).toBe(true);
  const payment = goCardless.payments.find((p) => p.metadata.registration_id === paid.registrationId);
  goCardless.chargeBack(String(payment?.id));
  const store = connectEventStore({ url: touchline.urls.eventStore });
  const types = async () => (await store.read(`payment-${link}`)).map(({ type }) => type);
  await expect.poll(types, patient).toContain("PaymentChargedBack");
  const money = JSON.stringify((await store.read(`payment-${link}`)).map(({ data, metadata }) => [data, metadata]));
  for (const word of canaries) expect(money).not.toContain(word);
  await store.close();

  // Twilio is back, and nothing goes out.
  const before = [textsTo(paidPhone).length, textsTo(waitingPhone).length];
  twilio.faults.reset();
  const after = registrationOf("+447700900112");
  await nats.register(after);
  await expect.poll(() => get(after.registrationId), patient).toMatchObject({ sms_delivery_status: "delivered" });
  expect([textsTo(paidPhone).length, textsTo(waitingPhone).length]).toEqual(before);

  expect(await ops("projections", "verify")).toMatchObject({ code: 0 });
  expect((await ops("scavenge")).err).toContain("Stop Touchline");
  await close();
  expect(await ops("scavenge")).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+ events removed/) });
  expect(holding(canaries)).toEqual([]);

  // It continues where it left off, and every view still matches the events, rebuilt or not.
  await open();
  expect(await ops("projections", "verify")).toMatchObject({ code: 0 });
  expect((await ops("projections", "rebuild")).code).toBe(0);
  expect(await get(other.registrationId)).toMatchObject({
    child_name: "Zoë O'Neill",
    sms_delivery_status: "delivered",
  });
  await expect(get(paid.registrationId)).rejects.toMatchObject({ code: 5 });
  expect(await tap(link)).toEqual(await tap("BRQ0000NEVERWAS"));
  expect((await ops("timeline", paid.registrationId)).out).toContain("was erased at");
  const last = registrationOf("+447700900113");
  await nats.register(last);
  await expect.poll(() => get(last.registrationId), patient).toMatchObject({ sms_delivery_status: "delivered" });
}, 180_000);

/** The status with which the stream ends. */
const watch = (registrationId: string): Promise<number> => grpc.watched(registrationId);
