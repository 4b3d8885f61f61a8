import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processesOf } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ops as run } from "../../ops/test/touchline.ts";
import { type Opened, openTouchline } from "./opened.ts";
import type { GrpcStranger, NatsStranger } from "./outsiders.ts";
import type { Running } from "./running.ts";
import { SENDER, type StandIns, startStandIns } from "./stand-ins.ts";
import { registrationOf } from "./world.ts";

/** Nothing else on this machine has this name. */
const people = {
  child: { firstName: "Persimmonda", lastName: "Thistlewhack" },
  parent: { firstName: "Bartholoma", lastName: "Thistlewhack", email: "bartholoma@thistlewhack.example" },
};
const [paidPhone, refusedPhone] = ["+447700900971", "+447700900972"];
const canaries = ["Persimmonda", "Thistlewhack", "Bartholoma", "thistlewhack.example", "7700900971", "7700900972"];

let standIns: StandIns;
let touchline: Running;
let grpc: GrpcStranger;
let nats: NatsStranger;
let shelf: string;

let close: Opened["close"];

const open = async () => {
  ({ touchline, grpc, nats, close } = await openTouchline(standIns.env));
};

beforeAll(async () => {
  shelf = mkdtempSync(join(tmpdir(), "touchline-shelf-"));
  standIns = await startStandIns();
  await open();
}, 240_000);

afterAll(async () => {
  await touchline?.stop();
  await standIns.stop();
  expect(processesOf(standIns.dataDir)).toEqual([]);
  for (const folder of [standIns.dataDir, shelf]) rmSync(folder, { recursive: true, force: true });
});

const patient = { timeout: 60_000, interval: 100 };
const get = (registrationId: string) => grpc.call("GetRegistration", { registration_id: registrationId });
const ops = (...args: string[]) => run(standIns.env, ...args);

/** Our files that hold any of these words, without what a restore has put aside: the operator deletes that. */
const holding = (): string[] =>
  readdirSync(standIns.dataDir, { recursive: true, encoding: "utf8" }).flatMap((name) => {
    const path = join(standIns.dataDir, name);
    if (name.includes("replaced-") || !statSync(path).isFile()) return [];
    const bytes = readFileSync(path);
    return canaries.filter((word) => bytes.includes(word)).map((word) => `${name}: ${word}`);
  });

test("a restore erases again, everywhere, the families that were erased after the backup", async () => {
  const { twilio, goCardless } = standIns;
  const [paid, emailed] = [registrationOf(paidPhone ?? "", people), registrationOf(refusedPhone ?? "", people)];
  twilio.faults.set({ requests: [{ on: "messages.create", kind: "error", code: 21_211, times: 1 }] });
  await nats.register(emailed);
  await expect.poll(() => get(emailed.registrationId), patient).toMatchObject({ email_status: "sent" });
  await nats.register(paid);
  await expect.poll(() => get(paid.registrationId), patient).toMatchObject({ sms_delivery_status: "delivered" });
  const link = String((await get(paid.registrationId)).billing_request_id);
  goCardless.pay(link);
  await expect.poll(() => get(paid.registrationId), patient).toMatchObject({ payment_status: "paid" });

  const file = join(shelf, "monday.db");
  expect((await ops("backup", file)).code).toBe(0);
  // Data that the backup lacks is erased too.
  const note = { registration_id: paid.registrationId, note_id: "n1", text: "Thistlewhack rang" };
  await grpc.call("AddNote", note);
  await twilio.receive({ from: paidPhone ?? "", to: SENDER, body: "Thistlewhack here" });
  await expect.poll(async () => (await get(paid.registrationId)).replied_at, patient).toBeTruthy();
  for (const { registrationId } of [paid, emailed]) {
    expect(await ops("erase", registrationId, "--yes")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/None/),
    });
  }
  const payer = goCardless.billingRequests.find(({ id }) => id === link)?.links.customer;
  await expect.poll(() => goCardless.customers.some(({ id }) => id === payer), patient).toBe(false);
  const other = registrationOf("+447700900114");
  await nats.register(other);
  await expect.poll(() => get(other.registrationId), patient).toMatchObject({ sms_delivery_status: "delivered" });
  expect((await ops("recover", "--yes")).err).toContain("Stop Touchline first");
  await close();

  expect((await ops("restore", file, "--replace")).code).toBe(0);
  expect(holding()).not.toEqual([]);
  const recovered = await ops("recover", "--yes");
  expect(recovered).toMatchObject({ code: 0, out: expect.stringContaining("(0 conflicts)") });
  await open();

  // Each service has to see it again.
  const cleared = async () => (await ops("erase", paid.registrationId, "--yes")).out;
  await expect.poll(cleared, patient).toMatch(/already erased\. None/);
  expect((await ops("erase", emailed.registrationId, "--yes")).out).toMatch(/already erased\. None/);
  for (const { registrationId } of [paid, emailed]) {
    await expect(get(registrationId)).rejects.toMatchObject({ code: 5 });
    const timeline = (await ops("timeline", registrationId)).out;
    expect(timeline).toContain("was erased at");
    expect(timeline).not.toMatch(new RegExp(canaries.join("|")));
    expect((await ops("export", registrationId, join(shelf, registrationId))).code).toBe(0);
    expect(readFileSync(join(shelf, registrationId), "utf8")).not.toMatch(new RegExp(canaries.join("|")));
  }
  expect((await ops("list", "--reveal")).out).not.toMatch(new RegExp(canaries.join("|")));
  expect(await get(other.registrationId)).toMatchObject({ sms_delivery_status: "delivered" });
  // The link of an erased family, and the message that would bring it back.
  expect((await fetch(`${touchline.urls.edge}/reg_setup/${link}`, { redirect: "manual" })).status).toBe(404);
  await nats.register(paid);
  await expect
    .poll(() => nats.refusals.find(({ registrationId }) => registrationId === paid.registrationId), patient)
    .toMatchObject({ code: "erased" });
  const bodies = () =>
    twilio.messages.filter(({ to, from }) => [to, from].includes(paidPhone ?? "")).map(({ body }) => body);
  await expect.poll(bodies, patient).toEqual(bodies().map(() => ""));
  expect(bodies().length).toBeGreaterThanOrEqual(2);

  expect(await ops("projections", "verify")).toMatchObject({ code: 0 });
  await close();
  expect((await ops("scavenge")).code).toBe(0);
  expect(holding()).toEqual([]);
  expect(touchline.output()).not.toMatch(new RegExp(canaries.join("|")));
}, 480_000);
