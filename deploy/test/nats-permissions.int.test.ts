import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chatSubjects, streams } from "@touchline/contracts";
import { findNatsServer } from "@touchline/embedded";
import { connectMessaging, consume, ensureStreams, sweep } from "@touchline/messaging";
import { connect } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";

/** A real nats-server with the users of production, without its TLS. */
const folder = mkdtempSync(join(tmpdir(), "touchline-nats-"));
let stop: () => Promise<void>;
let port: number;

const users = ["relay", "registration", "notification", "payment-link", "gateway", "operator"] as const;
type User = (typeof users)[number];
const credentials = (user: User) => ({
  user,
  pass: `${user}-secret`,
  // Only the gateway is somebody else's client, with the usual inbox.
  ...(user !== "gateway" && { inboxPrefix: `_INBOX_${user}` }),
});
const url = (user: User) => `nats://${user}:${user}-secret@127.0.0.1:${port}`;

beforeAll(async () => {
  copyFileSync(new URL("../nats/users.conf", import.meta.url), join(folder, "users.conf"));
  const passwords = users.map((user) => `${user.toUpperCase().replace("-", "_")}_PASSWORD: "${user}-secret"`);
  writeFileSync(join(folder, "passwords.conf"), passwords.join("\n"));
  writeFileSync(
    join(folder, "nats.conf"),
    `listen: "127.0.0.1:-1"\nports_file_dir: "${folder}"\njetstream { store_dir: "${folder}" }\ninclude ./users.conf\n`,
  );
  const server = spawn(findNatsServer() as string, ["--config", join(folder, "nats.conf")], { stdio: "ignore" });
  const exited = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  stop = () => {
    server.kill("SIGTERM");
    return exited;
  };
  for (let written = ""; !written.endsWith("}"); await sleep(20)) {
    if (server.exitCode !== null) throw new Error("nats-server refused the configuration");
    written = (await readFile(join(folder, `nats-server_${server.pid}.ports`), "utf8").catch(() => "")).trim();
    if (written.endsWith("}")) port = Number(new URL((JSON.parse(written) as { nats: [string] }).nats[0]).port);
  }
  const relay = await connectMessaging({ url: url("relay"), name: "relay" });
  await ensureStreams(relay.jsm);
  await relay.close();
});

afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What each service consumes in production. */
const consumers: readonly (readonly [User, string, string, string])[] = [
  ["registration", streams.chat, "registration-intake", chatSubjects.registrationCompleted],
  ["registration", streams.events, "registration-erasure", "events.registration.RegistrationTextsErased"],
  ["notification", streams.events, "notification-intake", "events.payment.>"],
  ["notification", streams.events, "notification-changes", "events.registration.>"],
  ["payment-link", streams.events, "payment-link-tokens", "events.registration.RegistrationCompleted"],
  ["payment-link", streams.events, "payment-link-cancellations", "events.registration.RegistrationCancelled"],
  ["payment-link", streams.events, "payment-link-erasures", "events.registration.RegistrationErased"],
  ["payment-link", streams.events, "payment-link-follow-up", "events.payment.>"],
];

test.each(consumers)("%s consumes %s as %s and parks what is poison", async (user, stream, durable, filter) => {
  const author = stream === streams.chat ? "gateway" : "relay";
  const writer = await connect({ servers: `127.0.0.1:${port}`, ...credentials(author) });
  const service = await connectMessaging({ url: url(user), name: user });
  const stopping = new AbortController();
  const settled: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  // Consumers that share a subject see each other's messages: each counts its own.
  const good = `good for ${durable}`;
  const bad = `bad for ${durable}`;
  const textOf = ({ data }: { data: Uint8Array }) => new TextDecoder().decode(data);
  const running = consume(service, {
    stream,
    durable,
    filter,
    signal: stopping.signal,
    handle: async (delivery) => (textOf(delivery) === bad ? "poison" : "done"),
    onSettled: (settlement, delivery) => {
      if (![good, bad].includes(textOf(delivery))) return;
      settled.push(settlement);
      if (settled.length === 2) resolve();
    },
    onBroken: (error) => settled.push(String(error)),
  });
  const subject = filter.replace(">", "any.Happened");
  await writer.jetstream().publish(subject, good);
  await writer.jetstream().publish(subject, bad);
  await promise;
  stopping.abort();
  await running;
  expect(settled.toSorted()).toEqual(["done", "poison"]);
  await Promise.all([writer.close(), service.close()]);
});

test("registration removes messages of every stream, one by one", async () => {
  const operator = await connectMessaging({ url: url("operator"), name: "operator" });
  const registration = await connectMessaging({ url: url("registration"), name: "registration" });
  const places = [
    [streams.events, "events.test.Erased"],
    [streams.chat, chatSubjects.registrationRefused],
    [streams.deadLetters, "dead.test"],
  ] as const;
  for (const [stream, subject] of places) {
    await operator.publish(subject, "to be kept");
    await operator.publish(subject, "to be removed");
    const isDoomed = ({ data }: { data: Uint8Array }) => new TextDecoder().decode(data) === "to be removed";
    expect(await sweep(registration, stream, subject, isDoomed)).toBe(1);
    expect(await sweep(registration, stream, subject, isDoomed)).toBe(0);
  }
  await Promise.all([operator.close(), registration.close()]);
});

test("the relay reads the tail of EVENTS and publishes after it", async () => {
  const relay = await connectMessaging({ url: url("relay"), name: "relay" });
  const { state } = await relay.jsm.streams.info(streams.events);
  const ack = await relay.publish("events.test.Happened", "{}", { expectLastSequence: state.last_seq });
  const last = await relay.jsm.streams.getMessage(streams.events, { seq: ack.seq });
  expect(last.subject).toBe("events.test.Happened");
  await relay.close();
});

const forbidden: readonly (readonly [User, string])[] = [
  ["gateway", "events.payment.PaymentFulfilled"],
  ["gateway", "$JS.API.STREAM.DELETE.CHAT"],
  ["gateway", "$JS.API.STREAM.MSG.GET.CHAT"],
  ["registration", "events.payment.PaymentFulfilled"],
  ["registration", "$JS.API.STREAM.PURGE.EVENTS"],
  ["notification", "$JS.API.STREAM.MSG.GET.EVENTS"],
  ["notification", "$JS.API.STREAM.MSG.DELETE.EVENTS"],
  ["payment-link", "$JS.API.STREAM.MSG.DELETE.EVENTS"],
  ["gateway", "$JS.API.STREAM.MSG.DELETE.CHAT"],
  ["relay", "$JS.API.STREAM.MSG.DELETE.EVENTS"],
  ["relay", "$JS.API.STREAM.DELETE.EVENTS"],
  ["relay", "chat.registration.completed.v1"],
];

test.each(forbidden)("%s may not publish to %s", async (user, subject) => {
  const [denied] = await violations(user, (nc) => nc.publish(subject));
  expect(denied).toContain(subject);
});

test.each(["relay", "registration", "gateway"] as const)("%s may not read the inbox of another", async (user) => {
  const inbox = user === "relay" ? "_INBOX_registration.>" : "_INBOX_relay.>";
  const [denied] = await violations(user, (nc) => void nc.subscribe(inbox));
  expect(denied).toContain(inbox);
});

test("without a password nobody gets in", async () => {
  await expect(connect({ servers: `127.0.0.1:${port}`, reconnect: false })).rejects.toThrow("Authorization Violation");
});

/** What the server refused while `act` ran. */
const violations = async (user: User, act: (nc: Awaited<ReturnType<typeof connect>>) => void): Promise<string[]> => {
  const nc = await connect({ servers: `127.0.0.1:${port}`, ...credentials(user) });
  const found: string[] = [];
  void (async () => {
    for await (const status of nc.status()) {
      if (status.permissionContext) found.push(String(status.permissionContext.subject));
    }
  })();
  act(nc);
  // The refusal is on the wire before the answer to the ping.
  await nc.flush();
  await new Promise(setImmediate);
  await nc.close();
  return found;
};
