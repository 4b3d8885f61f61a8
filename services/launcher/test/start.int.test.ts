import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { processesOf } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GrpcStranger, grpcStranger, type NatsStranger, natsStranger } from "./outsiders.ts";
import { type Running, start } from "./running.ts";
import { type StandIns, secrets, startStandIns } from "./stand-ins.ts";
import { registrationOf } from "./world.ts";

const browser = {
  headers: { "user-agent": "Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile", accept: "text/html" },
};

let standIns: StandIns;
let dataDir: string;
let env: Record<string, string>;
let twilio: StandIns["twilio"];
let goCardless: StandIns["goCardless"];
let touchline: Running;
let grpc: GrpcStranger;
let nats: NatsStranger;

const open = async () => {
  touchline = await start(env);
  grpc = await grpcStranger(touchline.urls.grpc);
  nats = await natsStranger(touchline.urls.nats);
};

const close = async () => {
  grpc.close();
  await nats.close();
  return touchline.stop();
};

beforeAll(async () => {
  standIns = await startStandIns();
  ({ dataDir, twilio, goCardless } = standIns);
  // A process may be killed between its attempt and Twilio's answer; a minute is long for a test.
  env = { ...standIns.env, SMS_EVIDENCE_SECONDS: "2" };
  await open();
}, 60_000);

afterAll(async () => {
  await close();
  await standIns.stop();
  expect(processesOf(dataDir)).toEqual([]);
  rmSync(dataDir, { recursive: true, force: true });
});

const textsTo = (to: string) =>
  twilio.messages.filter((message) => message.to === to && message.direction !== "inbound");
const get = (registrationId: string) => grpc.call("GetRegistration", { registration_id: registrationId });

const pay = async (link: string) => {
  const tap = await fetch(link, { ...browser, redirect: "manual" });
  expect(tap.status).toBe(303);
  const location = tap.headers.get("location") as string;
  expect(location.startsWith(goCardless.url)).toBe(true);
  const page = await (await fetch(location, browser)).text();
  const action = /action="([^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
  await fetch(new URL(action, location), {
    method: "POST",
    body: "do=pay",
    headers: { ...browser.headers, "content-type": "application/x-www-form-urlencoded" },
  });
};

test("a registration by NATS leads to a payment that every view shows, and a restart loses and repeats nothing", async () => {
  const given = registrationOf("07700 900123");
  await nats.register(given);
  await expect.poll(() => textsTo("+447700900123").length, { timeout: 20_000 }).toBe(1);
  const [text] = textsTo("+447700900123");
  const link = /https?:\S+/.exec(text?.body ?? "")?.[0] as string;
  expect(link).toMatch(new RegExp(`^${env.PAYMENT_BASE_URL}/reg_setup/BRQ[A-Z0-9]{4,40}$`));
  expect(text?.body).toBe(
    `Registration complete for Zoë! Pay when convenient: ${link} Registration not complete until payment made.`,
  );
  await expect
    .poll(() => get(given.registrationId), { timeout: 20_000 })
    .toMatchObject({ sms_delivery_status: "delivered", payment_status: "pending" });
  await pay(link);
  const paid = {
    payment_status: "paid",
    sms_delivery_status: "delivered",
    child_name: "Zoë O'Neill",
    billing_request_id: link.split("/").at(-1),
  };
  await expect.poll(() => get(given.registrationId), { timeout: 20_000 }).toMatchObject(paid);
  await nats.register(given);

  expect(await close()).toBe(0);
  expect(processesOf(dataDir)).toEqual([]);
  await open();

  expect(await get(given.registrationId)).toMatchObject(paid);
  const again = await fetch(link, { ...browser, redirect: "manual" });
  expect(again.status).toBe(200);
  expect(await again.text()).toContain("paid");
  expect(textsTo("+447700900123").filter(({ body }) => body.includes("not complete until payment"))).toHaveLength(1);
});

test("by gRPC, a repeat is a duplicate, different content under the same id is a conflict, and a bad number is refused", async () => {
  const id = randomUUID();
  const request = {
    registration_id: id,
    child: { first_name: "Ada", last_name: "Byron" },
    parent: { first_name: "Anne", last_name: "Byron" },
    parent_phone: "+44 7700 900200",
    team: "Lions",
    age_group: "u12",
    season: "2526",
    preferred_payment_day: -1,
  };
  expect(await grpc.call("CompleteRegistration", request)).toMatchObject({ registration_id: id, duplicate: false });
  expect(await grpc.call("CompleteRegistration", request)).toMatchObject({ registration_id: id, duplicate: true });
  await expect(grpc.call("CompleteRegistration", { ...request, team: "Otters" })).rejects.toMatchObject({ code: 6 });
  await expect(
    grpc.call("CompleteRegistration", { ...request, registration_id: randomUUID(), parent_phone: "020 7946 0000" }),
  ).rejects.toMatchObject({ code: 3 });
  await expect(get(randomUUID())).rejects.toMatchObject({ code: 5 });
  await expect.poll(() => textsTo("+447700900200").length, { timeout: 20_000 }).toBe(1);
});

test("a refusal by NATS names the registration and the field, and nothing is created", async () => {
  const given = registrationOf("020 7946 0000");
  await nats.register(given);
  await expect
    .poll(() => nats.refusals.find((refusal) => refusal.registrationId === given.registrationId), { timeout: 10_000 })
    .toMatchObject({ fieldErrors: [{ field: "parentPhone", code: "not_a_mobile" }] });
});

test("every parent gets one text although services are killed while registrations come in", async () => {
  const phones = Array.from({ length: 40 }, (_, i) => `+4477009003${String(i).padStart(2, "0")}`);
  const scripts = [
    "services/notification/src/main.ts",
    "services/payment-link/src/main.ts",
    "services/relay/src/main.ts",
    "services/registration/src/main.ts",
    "eventstore/main.ts",
  ];
  for (const [i, phone] of phones.entries()) {
    await nats.register(registrationOf(phone));
    const script = i % 8 === 3 ? scripts[Math.floor(i / 8)] : undefined;
    const victim = script && processesOf(dataDir).find(({ command }) => command.includes(script));
    if (victim) process.kill(victim.pid, "SIGKILL");
  }
  await expect
    .poll(() => phones.filter((phone) => textsTo(phone).length > 0).length, { timeout: 150_000, interval: 500 })
    .toBe(phones.length);
  expect(phones.map((phone) => textsTo(phone).length)).toEqual(phones.map(() => 1));
}, 200_000);

test("after the launcher itself is killed, a new start on the same folder continues", async () => {
  const given = registrationOf("07700 900500");
  await nats.register(given);
  grpc.close();
  await nats.close();
  await touchline.kill();
  await open();
  await expect.poll(() => textsTo("+447700900500").length, { timeout: 60_000 }).toBe(1);
  await expect
    .poll(() => get(given.registrationId), { timeout: 60_000 })
    .toMatchObject({ sms_delivery_status: "delivered" });
}, 150_000);

test("nothing personal and no secret is in the log, at debug level", () => {
  const log = touchline.output();
  for (const secret of ["O'Neill", "Zoë", "sam@example.org", "7700900", "7700 900", ...Object.values(secrets)]) {
    expect(log).not.toContain(secret);
  }
});
