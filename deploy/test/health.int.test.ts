import { setTimeout as sleep } from "node:timers/promises";
import type { HealthReport } from "@touchline/service";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "./prometheus.ts";
import { type Prepared, prepareTouchline, type Running, type ServiceName } from "./running.ts";

let prepared: Prepared;
let starting: Promise<Running>;
let touchline: Running;

beforeAll(async () => {
  prepared = await prepareTouchline();
});

afterAll(async () => {
  await Promise.all([prepared.eventStore.start(), prepared.nats.start()]).catch(() => {});
  await (await starting).stop();
});

const services: readonly ServiceName[] = ["registration", "notification", "payment-link", "relay"];
const get = (service: ServiceName, path: string) => fetch(`http://${prepared.targets[service]}/health/${path}`);
const live = (service: ServiceName) =>
  get(service, "live").then(
    ({ ok }) => ok,
    () => false,
  );

/** Taps need nothing but the links. Calls and callbacks are stored without NATS, and acted on later. */
const isNeeded = (service: ServiceName, check: string): boolean =>
  service === "payment-link" ? check === "links" : service === "relay" || check !== "nats";

/** What each service says is wrong, by the names of its checks. */
const faults = async (): Promise<Record<string, string[]>> =>
  Object.fromEntries(
    await Promise.all(
      services.map(async (service) => {
        const answer = await get(service, "ready");
        const { ready, checks } = (await answer.json()) as HealthReport;
        const failed = Object.entries(checks).filter(([, { ok }]) => !ok);
        // Status code and word agree, and each failure says why.
        const hinders = failed.filter(([name]) => isNeeded(service, name));
        expect([answer.status, hinders.length === 0]).toEqual(ready ? [200, true] : [503, false]);
        for (const [, { reason }] of failed) expect(reason).toBeTruthy();
        return [service, failed.map(([name]) => name)] as const;
      }),
    ),
  );

const allReady = () => until(async () => Object.values(await faults()).flat().length === 0);
const allSay = (name: string) => until(async () => Object.values(await faults()).every((said) => said.includes(name)));
const allLive = async () => expect(await Promise.all(services.map(live))).toEqual(services.map(() => true));
const pids = () => services.map((service) => touchline.stack.pid(service));

/** A registration gets as far as the phone. */
const delivers = async (registrationId?: string) => {
  const id = registrationId ?? (await touchline.register(1))[0];
  await until(async () => {
    for await (const { type, data, metadata } of touchline.store.readAll({ prefixes: ["sms-"] }))
      if (
        type === "SmsStatusReported" &&
        "status" in data &&
        data.status === "delivered" &&
        metadata.$correlationId === id
      )
        return true;
    return false;
  });
};

test("services that start before everything they need wait, say for what, and come up", async () => {
  starting = prepared.start();
  starting.catch(() => {});
  await until(async () => (await Promise.all(services.map(live))).every(Boolean));
  await allSay("event_store");
  await allSay("nats");
  // It has never read the history, so it knows no link.
  expect((await faults())["payment-link"]).toContain("links");
  // NATS first: a service that also needs the event store still waits.
  await prepared.nats.start();
  await until(async () => Object.values(await faults()).every((said) => !said.includes("nats")));
  await allSay("event_store");
  await prepared.eventStore.start();
  touchline = await starting;
  await allReady();
  await delivers();
});

test.each(["event_store", "nats"] as const)(
  "when %s goes away and comes back, no service has to be restarted",
  async (name) => {
    const server = name === "nats" ? touchline.nats : touchline.eventStore;
    const before = pids();
    await server.stop();
    await allSay(name);
    await allLive();
    // What the chat submitted while NATS was down is done once it is back.
    const [waiting] = name === "nats" ? await touchline.register(1) : [];
    await server.start();
    await allReady();
    expect(pids()).toEqual(before);
    await delivers(waiting);
    await delivers();
  },
);

test("without the event store and NATS a known link still leads to the payment page, even after a restart", async () => {
  const [id] = await touchline.register(1);
  const link = await touchline.link(id as string);
  await delivers(id);
  const paymentLink = touchline.stack.pid("payment-link") as number;
  await Promise.all([touchline.eventStore.stop(), touchline.nats.stop()]);
  try {
    const leadsOn = async () => {
      await allSay("event_store");
      await allSay("nats");
      expect((await get("payment-link", "ready")).status).toBe(200);
      expect((await fetch(link, { redirect: "manual" })).status).toBe(303);
    };
    await leadsOn();
    process.kill(paymentLink, "SIGKILL");
    await until(async () => !alive(paymentLink) && (await live("payment-link")));
    await leadsOn();
  } finally {
    await Promise.all([touchline.eventStore.start(), touchline.nats.start()]);
  }
  await allReady();
  await delivers();
});

test("a server that hangs is treated like one that is away", async () => {
  for (const [name, { pid }] of [
    ["event_store", touchline.eventStore],
    ["nats", touchline.nats],
  ] as const) {
    process.kill(pid(), "SIGSTOP");
    try {
      await allSay(name);
      await allLive();
    } finally {
      process.kill(pid(), "SIGCONT");
    }
    await allReady();
  }
});

test("a provider that is away makes no service unready", async () => {
  const away = { requests: [{ kind: "status", status: 503, body: "html" }] };
  await touchline.faults({ twilio: away, gocardless: away });
  const [id] = await touchline.register(1);
  const circuit = /^touchline_gocardless_circuit_open\{[^}]*\} 1$/m;
  await until(async () =>
    circuit.test(await (await fetch(`http://${prepared.targets["payment-link"]}/metrics`)).text()),
  );
  expect(Object.values(await faults()).flat()).toEqual([]);
  await touchline.faults({});
  await delivers(id);
});

test("a service that is asked to stop finishes what is in flight within ten seconds", async () => {
  const { stack, store, eventStore } = touchline;
  const slow = { requests: [{ kind: "latency", ms: 1_500 }] };
  const [tapped] = await touchline.register(1);
  const link = await touchline.link(tapped as string);
  await delivers(tapped);
  await touchline.faults({ twilio: slow, gocardless: slow });

  // A tap waits for GoCardless, an attempt for Twilio, a registration for the event store, the relay for both of its ends.
  const tap = fetch(link, { redirect: "manual" });
  const [texted] = await touchline.register(1);
  const smsEvents = async () => {
    const found: string[] = [];
    for await (const { type, metadata } of store.readAll({ prefixes: ["sms-"] }))
      if (metadata.$correlationId === texted) found.push(type);
    return found;
  };
  await until(async () => (await smsEvents()).includes("SmsAttemptStarted"));
  const stopped = pids();
  process.kill(eventStore.pid(), "SIGSTOP");
  const registered = touchline.register(1);
  await sleep(100);
  const before = touchline.endings.length;
  for (const pid of stopped) process.kill(pid as number, "SIGTERM");
  await sleep(500);
  process.kill(eventStore.pid(), "SIGCONT");
  await until(async () => touchline.endings.length >= before + services.length);
  // A service that is still busy after ten seconds exits with 1.
  expect(
    touchline.endings
      .slice(before)
      .map(({ process, code }) => `${process} ${code}`)
      .sort(),
  ).toEqual(services.map((service) => `${service} 0`).sort());

  expect((await tap).status).toBe(303);
  const [late] = await registered;
  expect((await smsEvents()).filter((type) => type !== "TextStatusChanged").slice(0, 3)).toEqual([
    "SmsRequested",
    "SmsAttemptStarted",
    "SmsAccepted",
  ]);
  await touchline.faults({});
  await until(async () => pids().every((pid, i) => pid !== stopped[i]));
  await until(() =>
    allReady().then(
      () => true,
      () => false,
    ),
  );
  await delivers(texted);
  await delivers(late);
  expect((await smsEvents()).filter((type) => type === "SmsAttemptStarted")).toHaveLength(1);
  expect(stack.pid("relay")).not.toBe(stopped[3]);
});

test("a view that cannot fold an event shows in its service's health and metrics", async () => {
  await touchline.poison("registration-poison", "RegistrationCompleted");
  await touchline.poison("payment-poison", "ProviderEventParked");
  await touchline.poison("sms-poison", "SmsRequested");
  const views = { registration: "registrations", "payment-link": "links", notification: "texts" } as const;
  for (const [service, view] of Object.entries(views) as [ServiceName, string][]) {
    await until(async () => (await faults())[service]?.includes(`projection_${view}`) ?? false);
    const { checks } = (await (await get(service, "ready")).json()) as HealthReport;
    expect(checks[`projection_${view}`]?.reason).toMatch(/^stopped before \w+ [0-9a-f-]{36}$/);
    const metrics = await (await fetch(`http://${prepared.targets[service]}/metrics`)).text();
    const gauge = (name: string) =>
      Number(new RegExp(`^touchline_projection_${name}\\{projection="${view}"[^}]*\\} (.*)$`, "m").exec(metrics)?.[1]);
    expect(gauge("stopped")).toBe(1);
    expect(gauge("lag_events")).toBeGreaterThan(0);
    expect(gauge("lag_seconds")).toBeGreaterThan(0);
  }
});

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
