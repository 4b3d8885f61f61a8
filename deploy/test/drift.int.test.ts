import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chatSubjects, streams } from "@touchline/contracts";
import { connectRegistrationClient } from "@touchline/contracts/client";
import { connectMessaging, type Messaging } from "@touchline/messaging";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { type NatsCluster, startNatsCluster } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { sampleRegistration } from "../../services/launcher/src/sample.ts";
import { expositions, prepareTouchline, type Running } from "./running.ts";

// As after a lost quorum: the servers have an older copy of the messages, and newer positions of the consumers. A position is a number, so
// it is beyond messages that are only published later.

/** The services' consumers on CHAT and EVENTS. */
const DURABLES = 13;

let cluster: NatsCluster;
let messaging: Messaging;
let touchline: Running;
let older: TemporaryFolder;

beforeAll(async () => {
  older = temporaryFolder("older-copies");
  cluster = await startNatsCluster("drift");
  const prepared = await prepareTouchline();
  await prepared.eventStore.start();
  messaging = await connectMessaging({ url: cluster.url, name: "test" });
  touchline = await prepared.start({
    NATS_URL: cluster.url,
    RECOVERY_SECONDS: "2",
    RECOVERY_AFTER_SECONDS: "4",
  });
}, 120_000);

afterAll(async () => {
  await touchline?.stop();
  await messaging?.close();
  await cluster?.stop();
  older?.remove();
}, 60_000);

/** What a server keeps of messages, without consumers. */
const copiesIn = (storeDir: string): string[] => {
  const [folder, raft] = [join(storeDir, "$G", "streams"), join(storeDir, "$SYS", "_js_")];
  return [
    ...Object.values(streams).map((stream) => join(folder, stream, "msgs")),
    ...readdirSync(raft)
      .filter((name) => name.startsWith("S-"))
      .map((name) => join(raft, name)),
  ];
};

/** Works with all servers stopped, then starts them again. */
const withoutServers = async (work: (storeDir: string, kept: string) => void) => {
  await Promise.all(cluster.nodes.map((node) => node.stop()));
  for (const { name, storeDir } of cluster.nodes) work(storeDir, join(older.path, name));
  await Promise.all(cluster.nodes.map((node) => node.start()));
};

const keepCopies = (storeDir: string, kept: string) => {
  for (const path of copiesIn(storeDir)) cpSync(path, join(kept, path.slice(storeDir.length)), { recursive: true });
};

const rollBack = (storeDir: string, kept: string) => {
  for (const path of copiesIn(storeDir)) {
    rmSync(path, { recursive: true });
    const old = join(kept, path.slice(storeDir.length));
    if (existsSync(old)) cpSync(old, path, { recursive: true });
  }
};

/** Repeats what servers that have just started, or are electing a leader, refuse. */
const eventually = <T>(work: () => Promise<T>): Promise<T> => vi.waitFor(work, { timeout: 60_000, interval: 500 });

const publish = (subject: string, payload: string) => eventually(() => messaging.publish(subject, payload));

const consumers = async () => {
  const found: { stream: string; durable: string; subject: string; place: number; pending: number }[] = [];
  for (const stream of [streams.chat, streams.events])
    for await (const { name, config, ...info } of messaging.jsm.consumers.list(stream)) {
      if (!config.durable_name || name === "gateway-refusals") continue;
      const subject = (config.filter_subject ?? "").replace(">", "Unknown");
      const pending = info.num_pending + info.num_ack_pending;
      found.push({ stream, durable: name, subject, place: info.ack_floor.stream_seq, pending });
    }
  return found;
};

const noiseIsHandled = () =>
  eventually(async () => expect((await consumers()).filter(({ pending }) => pending > 0)).toEqual([]));

/** The names of all consumers. A server lists only those that have a leader. */
const allDurables = () =>
  eventually(async () => {
    const names = (await consumers()).map(({ durable }) => durable).toSorted();
    expect(names).toHaveLength(DURABLES);
    return names;
  });

/** Unreadable messages, so that every position advances. A stopping server may forget the last acknowledgement, so it is repeated. */
const publishNoise = async () => {
  for (const { stream, subject } of await eventually(consumers))
    for (let i = 0; i < (stream === streams.chat ? 60 : 15); i++) await publish(subject, `noise ${i}`);
  for (let round = 1; round <= 2; round++) {
    for (const { subject } of await eventually(consumers)) await publish(subject, `last noise ${round}`);
    await noiseIsHandled();
  }
};

const typesIn = async (prefix: string, registrationId: string) => {
  const types: string[] = [];
  for await (const { type, metadata } of touchline.store.readAll({ prefixes: [prefix] }))
    if (metadata.$correlationId === registrationId) types.push(type);
  return types;
};

const has = (prefix: string, registrationId: string, type: string, count = 1) =>
  eventually(async () => {
    const found = (await typesIn(prefix, registrationId)).filter((one) => one === type);
    expect(found, `${type} of ${prefix}`).toHaveLength(count);
  });

/** Waits until each of these consumers is well past the end of its stream. Servers that have just started list only those that have a leader. */
const haveDrifted = (durables: readonly string[]) =>
  eventually(async () => {
    const ends = new Map<string, number>();
    for (const stream of [streams.chat, streams.events])
      ends.set(stream, (await messaging.jsm.streams.info(stream)).state.last_seq);
    const past = (await consumers()).filter(({ stream, place }) => place > (ends.get(stream) ?? 0) + 10);
    expect(past.map(({ durable }) => durable).toSorted()).toEqual(durables);
  });

test("everything that is acknowledged is done, whatever the consumers' positions say", async () => {
  const [cancelled, resent, erased, elsewhere] = await touchline.register(4);
  if (!cancelled || !resent || !erased || !elsewhere) throw new Error("They were not registered.");
  for (const id of [cancelled, resent, erased, elsewhere]) await has("sms-", id, "SmsAccepted");
  const durables = await allDurables();
  await withoutServers(keepCopies);
  expect(await allDurables()).toEqual(durables);
  await publishNoise();
  await withoutServers(rollBack);
  await haveDrifted(durables);

  const client = connectRegistrationClient(touchline.stack.urls.grpc, { timeoutMs: 10_000, now: () => new Date() });
  const handedIn = sampleRegistration("+447700900777");
  await publish(chatSubjects.registrationCompleted, JSON.stringify(handedIn));
  await client.cancelRegistration({ registrationId: cancelled, reason: "moved away" });
  await client.resendPaymentLink({ registrationId: resent });
  await client.eraseRegistration({ registrationId: erased });
  await client.recordMoney({
    registrationId: elsewhere,
    recordId: "drift-1",
    kind: "cash",
    amountPence: 100,
    note: "CASH-1",
  });
  client.close();

  await has("registration-", handedIn.registrationId, "RegistrationCompleted");
  await has("payment-", handedIn.registrationId, "PaymentTokenCreated");
  await has("sms-", handedIn.registrationId, "SmsAccepted");
  await has("payment-", cancelled, "PaymentTokenCancelled");
  await has("sms-", resent, "SmsRequested", 2);
  await has("sms-", erased, "SmsRedacted");
  await has("payment-", elsewhere, "MoneyElsewhereRequested");
  const firstOfErased = async () => (await touchline.store.read(`registration-${erased}`))[0]?.type;
  await expect.poll(firstOfErased, { timeout: 60_000 }).toBe("RegistrationErased");
  const counted = Object.values(await expositions(touchline)).join("\n");
  const kinds = [...counted.matchAll(/^touchline_recovered_total\{kind="(\w+)"/gm)].map(([, kind]) => kind);
  expect(new Set(kinds)).toEqual(new Set(["change", "erasure", "follow_up", "registration", "text", "token"]));
}, 400_000);
