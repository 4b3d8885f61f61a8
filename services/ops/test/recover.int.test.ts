import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { chatSubjects, RECOVERY_STREAM, streams } from "@touchline/contracts";
import { startNats } from "@touchline/embedded";
import { connectEventStore } from "@touchline/event-store";
import { connectMessaging, ensureStreams, type Messaging } from "@touchline/messaging";
import { runRelay } from "@touchline/relay/relay";
import { systemRuntime } from "@touchline/service/runtime";
import { temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWorld } from "../../registration/test/families.ts";
import { ops, startStoreIn } from "./touchline.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

let home: string;
let nats: Awaited<ReturnType<typeof startNats>>;
let messaging: Messaging;
let store: Awaited<ReturnType<typeof startStoreIn>>;
beforeEach(async () => {
  const { path, remove } = temporaryFolder("ops");
  home = path;
  cleanUps.push(remove);
  nats = await startNats({ dataDir: join(home, "nats") });
  cleanUps.push(() => nats.stop());
  messaging = await connectMessaging({ url: nats.url, name: "test" });
  cleanUps.push(() => messaging.close());
  await ensureStreams(messaging);
  store = await startStoreIn(home);
  cleanUps.push(() => store.stop());
});

const on = () => ({ DATA_DIR: home, EVENTSTORE_URL: store.url, NATS_URL: nats.url });

const using = async <T>(work: (events: ReturnType<typeof connectEventStore>) => Promise<T>): Promise<T> => {
  const connected = connectEventStore({ url: store.url });
  try {
    return await work(connected);
  } finally {
    await connected.close();
  }
};

const everything = () =>
  using(async (events) => {
    const found = [];
    for await (const { position: _position, metadata, created, ...event } of events.readAll()) {
      const { firstStoredAt: _first, ...own } = metadata;
      found.push({ ...event, metadata: own, created: created.getTime() });
    }
    return found;
  });

/** Publishes what is stored, as the relay does, until NATS has all of it. */
const relayed = () =>
  using(async (events) => {
    const stopping = new AbortController();
    const wanted = (await events.head()) ?? -1n;
    await new Promise<void>((resolve) => {
      const onReached = (position: bigint) => position >= wanted && resolve();
      const { signal } = stopping;
      const relay = {
        store: events,
        messaging,
        signal,
        resync: new EventTarget(),
        onReached,
        runtime: systemRuntime(),
      };
      cleanUps.push(() => stopping.abort());
      void runRelay(relay);
    });
    stopping.abort();
  });

const family = async (name: string) => {
  const world = createWorld(store.url);
  const [id, link] = [`${name}-${randomUUID()}`, `BRQ0000${name.toUpperCase()}`];
  await world.register(id, ["Zoë", "O'Neill"]);
  await world.token(id, link);
  await world.text(id, link, 0, ["delivered"]);
  await world.payment(id, link, "paid", 0);
  await world.close();
  return `registration-${id}`;
};

/** Goes back to a backup that was made before `since`. */
const goBack = async (since: () => Promise<unknown>) => {
  const file = join(home, "backup.db");
  expect((await ops({ DATA_DIR: home }, "backup", file)).code).toBe(0);
  await since();
  await relayed();
  await store.stop();
  expect((await ops({ DATA_DIR: home }, "restore", file, "--replace")).code).toBe(0);
  store = await startStoreIn(home);
  cleanUps.push(() => store.stop());
};

const messagesIn = async (stream: string) => (await messaging.jsm.streams.info(stream)).state.messages;
const chat = (registrationId: string) =>
  messaging.publish(chatSubjects.registrationCompleted, JSON.stringify({ registrationId }), { msgId: registrationId });

test("what NATS still has is brought back with its old ids and times, and the chat's messages are resubmitted", async () => {
  await family("one");
  await relayed();
  await chat("long-ago");
  let before: unknown[] = [];
  await goBack(async () => {
    await family("two");
    await family("three");
    before = await everything();
    await chat("lost-with-the-store");
  });
  const restored = await everything();
  expect(restored.length).toBeLessThan(before.length);

  const shown = await ops(on(), "recover");
  const missing = before.length - restored.length;
  expect([shown.code, shown.out]).toEqual([
    0,
    expect.stringMatching(
      new RegExp(`^Would bring back ${missing} events of 6 streams \\(0 conflicts\\).* 2 messages from the chat`),
    ),
  ]);
  expect([await everything(), await messagesIn(streams.events)]).toEqual([restored, before.length]);

  const done = await ops(on(), "recover", "--yes");
  expect([done.code, done.out]).toEqual([0, expect.stringContaining(`Brought back ${missing} events`)]);
  const recovered = await everything();
  expect(recovered.filter(({ stream }) => stream !== RECOVERY_STREAM)).toEqual(before);
  // Until the window ends, each text is first looked up at Twilio.
  const [began] = recovered.filter(({ stream }) => stream === RECOVERY_STREAM).map(({ data }) => data as object);
  expect(began).toMatchObject({ since: expect.any(String), until: expect.any(String) });
  expect([await messagesIn(streams.events), await messagesIn(streams.chat)]).toEqual([0, 4]);

  // The relay fills NATS again, and a second run finds nothing to do.
  await relayed();
  expect(await messagesIn(streams.events)).toBe(before.length + 1);
  const again = await ops(on(), "recover");
  expect(again.out).toContain("Would bring back 0 events of 0 streams (0 conflicts)");
  // Nor does it take the events that were brought back for the backup, as if nothing had been lost before them.
  expect((await ops(on(), "recover", "--yes")).code).toBe(0);
  const windows = (await everything()).filter(({ stream }) => stream === RECOVERY_STREAM).map(({ data }) => data);
  expect(windows).toHaveLength(2);
  expect(windows[1]).toMatchObject({ since: (began as { since: string }).since });
  expect((await ops(on(), "recover", "end")).code).toBe(0);
  expect((await everything()).at(-1)).toMatchObject({ stream: RECOVERY_STREAM, type: "RecoveryEnded" });
});

test("an event whose place is taken is written to a file, and the others come back", async () => {
  const stream = await family("one");
  await relayed();
  const corrected = (newPhone: string) =>
    using((events) =>
      events.append(
        stream,
        [
          {
            id: randomUUID(),
            type: "RegistrationCancelled",
            data: {
              registrationId: stream.slice("registration-".length),
              reason: newPhone,
              cancelledAt: new Date().toISOString(),
            },
            metadata: { service: "test" },
          },
        ],
        0n,
      ),
    );
  await goBack(async () => {
    expect(await corrected("before the loss")).toMatchObject({ ok: true });
    await family("two");
  });
  // A service was started too early.
  expect(await corrected("after the loss")).toMatchObject({ ok: true });
  const { code, out, err } = await ops(on(), "recover", "--yes");
  expect([code, out]).toEqual([0, expect.stringContaining("(1 conflict)")]);
  const [file = ""] = readdirSync(join(home, "ops"));
  expect(err).toContain(file);
  const path = join(home, "ops", file);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
    stream,
    revision: 1,
    data: { reason: "before the loss" },
  });
  expect((await everything()).filter((event) => event.stream === stream)).toHaveLength(2);
});

test("an erasure after the backup is brought back, although it removed the messages from NATS", async () => {
  const stream = await family("one");
  const registrationId = stream.slice("registration-".length);
  const email = `email-${randomUUID()}`;
  await relayed();
  await goBack(async () => {
    const now = new Date().toISOString();
    const append = (to: string, types: readonly string[], after: bigint | "no_stream") =>
      using((events) => {
        const about = { registrationId, billingRequestId: "BRQ0000ONE", emailId: randomUUID(), smsId: randomUUID() };
        const words = { reason: "opted_out", to: "sam@example.org", subject: "Pay", body: "Pay here" };
        const times = { cancelledAt: now, requestedAt: now, erasedAt: now };
        const data = { ...about, ...words, ...times, resends: 0, corrections: 0 };
        const event = (type: string) => ({ id: randomUUID(), type, data, metadata: { service: "test" } });
        return events.append(to, types.map(event), after);
      });
    await append(stream, ["RegistrationCancelled", "RegistrationErased"], 0n);
    await append(email, ["EmailRequested", "EmailErased"], "no_stream");
    await relayed();
    // As the registration service does.
    for await (const { seq, subject } of sequences()) {
      if (/Cancelled$|Requested$/.test(subject)) await messaging.jsm.streams.deleteMessage(streams.events, seq);
    }
  });
  expect((await ops(on(), "recover", "--yes")).out).toContain("Brought back 2 events of 2 streams (0 conflicts)");
  const types = async (of: string) =>
    (await everything()).filter((event) => event.stream === of).map(({ type }) => type);
  expect(await types(stream)).toEqual(["RegistrationCompleted", "RegistrationErased"]);
  expect(await types(email)).toEqual(["EmailErased"]);
});

const sequences = async function* () {
  const { state } = await messaging.jsm.streams.info(streams.events);
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await messaging.jsm.streams.getMessage(streams.events, { seq }).catch(() => undefined);
    if (message) yield message;
  }
};

test("the chat's messages since a given time can be resubmitted by hand", async () => {
  await chat("one");
  await chat("two");
  const { code, out } = await ops(on(), "intake", "replay", "--since", "1h");
  expect([code, out]).toEqual([0, "2 registrations resubmitted\n"]);
  expect(await messagesIn(streams.chat)).toBe(4);
  const instant = new Date(Date.now() + 60_000).toISOString();
  expect((await ops(on(), "intake", "replay", "--since", instant)).out).toBe("0 registrations resubmitted\n");
});
