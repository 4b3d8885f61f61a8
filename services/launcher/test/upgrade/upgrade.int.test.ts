import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { catalogue, Fault, streams } from "@touchline/contracts";
import { connectEventStore, type StoredEvent } from "@touchline/event-store";
import { systemRuntime } from "@touchline/service/runtime";
import { eventually, type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { type Infrastructure, root, startInfrastructure } from "@touchline/testing/stack";
import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createParent } from "../../src/parent.ts";
import { type Load, nameIn, startLoad } from "../chaos/load.ts";
import { grpcStranger, natsStranger } from "../outsiders.ts";
import { account, type StandIns, standInsAt } from "../stand-ins.ts";
import { type PublicEdge, startPublicEdge } from "./edge.ts";
import { findPlace, type Place, type RunningVersion, startVersion, unpackVersion } from "./versions.ts";

/** The last released version. Update it with each release. */
const VERSION_BEFORE = readFileSync(join(import.meta.dirname, "version-before"), "utf8").trim();
const PER_SECOND = 1;
/** Families that are texted before the next step. */
const PER_STEP = 4;

const runtime = systemRuntime();
let before: TemporaryFolder;
let infrastructure: Infrastructure;
let edge: PublicEdge;
let standIns: StandIns;
let nats: NatsConnection;
let a: Place;
let b: Place;
const started: RunningVersion[] = [];

beforeAll(async () => {
  before = temporaryFolder("before");
  unpackVersion(VERSION_BEFORE, before.path);
  infrastructure = await startInfrastructure("upgrade");
  edge = await startPublicEdge();
  standIns = await standInsAt({}, `http://127.0.0.1:${edge.port}`);
  a = await findPlace(join(infrastructure.dataDir, "a"));
  b = await findPlace(join(infrastructure.dataDir, "b"));
  edge.places.push(a, b);
  nats = await connect({ servers: infrastructure.env.NATS_URL });
});

afterAll(async () => {
  await Promise.all(started.map((version) => version.stop()));
  await Promise.all([nats?.close(), standIns?.stop(), edge?.stop()]);
  await infrastructure?.stop();
  before?.remove();
  if (standIns) rmSync(standIns.dataDir, { recursive: true, force: true });
});

const up = async (folder: string, place: Place): Promise<RunningVersion> => {
  // Shared, so that modules are compiled only once.
  const NODE_COMPILE_CACHE = join(infrastructure.dataDir, "compiled");
  // A busy machine may leave the outcome of an attempt unknown.
  const own = { NODE_COMPILE_CACHE, SMS_EVIDENCE_SECONDS: "5", LOG_LEVEL: "warn" };
  const env = { ...standIns.env, ...infrastructure.env, ...place.env, ...own };
  const version = await startVersion(folder, env);
  started.push(version);
  return version;
};

const down = async (version: RunningVersion) => expect(await version.stop()).toEqual([0, 0, 0, 0]);

const textsOut = () => standIns.twilio.messages.filter(({ direction }) => direction !== "inbound");
const linkIn = (body: string): string | undefined => /https?:\S+\/reg_setup\/BRQ\w+/.exec(body)?.[0];
const texted = (): Set<string> => new Set(textsOut().flatMap(({ body }) => nameIn(body) ?? []));

/** Every third family pays as soon as it has its link. */
const startParents = () => {
  const parent = createParent({
    phone: "",
    twilio: { baseUrl: standIns.twilio.url, ...account },
    signal: AbortSignal.timeout(420_000),
    runtime,
  });
  const isPaid = (link: string) =>
    standIns.goCardless.billingRequests.some(({ id, status }) => link.endsWith(id) && status === "fulfilled");
  const pay = async (link: string) => {
    while (!isPaid(link)) await parent.payAt(link).catch(() => runtime.sleep(500));
  };
  const seen = new Set<string>();
  const paying = new Map<string, Promise<void>>();
  const cancel = runtime.every(200, () => {
    for (const { body } of textsOut()) {
      const name = nameIn(body);
      const link = linkIn(body);
      if (!name || !link || seen.has(name)) continue;
      if (seen.add(name).size % 3 === 0) paying.set(name, pay(link));
    }
  });
  /** The families that have paid. */
  const end = async (): Promise<ReadonlySet<string>> => {
    cancel();
    await Promise.all(paying.values());
    return new Set(paying.keys());
  };
  return { end };
};

test("a clone that lacks the previous version says how to get it", () => {
  expect(() => unpackVersion("0".repeat(40), before.path)).toThrow("git fetch --unshallow");
});

test("when the previous version and this one take turns under load, nothing is lost, duplicated or undecodable", async () => {
  const stranger = await natsStranger(infrastructure.env.NATS_URL);
  const first = await up(before.path, a);
  const load = await startLoad([a.grpcTarget, b.grpcTarget], stranger, PER_SECOND, runtime);
  const parents = startParents();
  let last: Place;
  try {
    last = await takeTurns(first, load);
  } finally {
    await load.stop();
    await stranger.close();
  }
  const paid = await parents.end();
  expect(paid.size).toBeGreaterThan(PER_STEP);
  await rowsAreRight(last, load.acknowledged, paid);
  const events = await storedEvents();
  expect(outcomeOf(events)).toEqual(new Map([...load.acknowledged].map((name) => [name, right(paid.has(name))])));
  const mandates = standIns.goCardless.subscriptions.map(({ links }) => links.mandate);
  expect(mandates).toHaveLength(paid.size);
  expect(new Set(mandates).size).toBe(paid.size);
  expect(events.flatMap(faultsOf)).toEqual([]);
  // Late reports are still being stored, so the two are read until nothing comes in between.
  const storedIds = async () => (await storedEvents()).map(({ id }) => id);
  await vi.waitFor(async () => expect(await relayedIds()).toEqual(await storedIds()), {
    timeout: 30_000,
    interval: 500,
  });
  expect((await (await nats.jetstreamManager()).streams.info(streams.deadLetters)).state.messages).toBe(0);
  expect(started.flatMap(({ output }) => output().split("\n").filter(isDefect))).toEqual([]);
}, 420_000);

/** Plays each step under load. Resolves with the place where the last version runs. */
const takeTurns = async (first: RunningVersion, load: Load): Promise<Place> => {
  const moreAreTexted = async () => {
    const wanted = texted().size + PER_STEP;
    await eventually(() => texted().size >= wanted, 100);
  };
  await moreAreTexted();
  const second = await up(root, b);
  await moreAreTexted();
  await down(first);
  await moreAreTexted();
  const back = await up(before.path, a);
  await moreAreTexted();
  await Promise.all([down(second), down(back)]);
  // Back and forward again in place, each on the views that the other version left.
  const inPlace = await up(before.path, b);
  await moreAreTexted();
  await rowsAreRight(b, new Set([...load.acknowledged].filter((name) => texted().has(name))));
  await down(inPlace);
  await up(root, a);
  await moreAreTexted();
  return a;
};

/** Checks what the chat reads about each family: its text has arrived, and whether it has paid. */
const rowsAreRight = async (place: Place, names: ReadonlySet<string>, paid?: ReadonlySet<string>) => {
  const grpc = await grpcStranger(place.grpcTarget);
  const ids = registrationsIn(await storedEvents());
  for (const name of names) {
    const row = () => grpc.call("GetRegistration", { registration_id: ids.get(name)?.registrationId });
    await expect.poll(row, { timeout: 90_000, interval: 200 }).toMatchObject({
      sms_delivery_status: "delivered",
      ...(paid && { payment_status: paid.has(name) ? "paid" : "pending" }),
    });
  }
  grpc.close();
};

const storedEvents = async (): Promise<StoredEvent[]> => {
  const store = connectEventStore({ url: infrastructure.env.EVENTSTORE_URL });
  const readAll = async (): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of store.readAll()) events.push(event);
    return events;
  };
  // On a busy machine the store may be silent for a moment.
  const events = await eventually(() => readAll().catch(rejectDefects), 500);
  await store.close();
  return events;
};

const rejectDefects = (error: unknown): undefined => {
  if (!(error instanceof Fault)) throw error;
};

const registrationsIn = (events: readonly StoredEvent[]) =>
  new Map(events.flatMap(({ type, data }) => (type === "RegistrationCompleted" ? [[data.child.firstName, data]] : [])));

const right = (pays: boolean) => ({ tokens: 1, links: 1, texts: pays ? 2 : 1 });

/** How often each family was registered at GoCardless, and texted. */
const outcomeOf = (events: readonly StoredEvent[]) => {
  const tokens = events.flatMap(({ type, data }) => (type === "PaymentTokenCreated" ? [data] : []));
  return new Map(
    [...registrationsIn(events)].map(([name, { registrationId, parentPhone }]) => {
      const requests = tokens.filter((token) => token.registrationId === registrationId);
      const texts = textsOut().filter(({ to }) => to === parentPhone);
      const links = texts.filter(({ body }) => linkIn(body)?.endsWith(`/${requests[0]?.billingRequestId}`));
      return [name, { tokens: requests.length, links: links.length, texts: texts.length }];
    }),
  );
};

const faultsOf = ({ type, data }: StoredEvent) =>
  (catalogue.get(type)?.faults(data) ?? ["is not known"]).map((fault) => `${type}: ${fault}`);

/** Ids of everything in EVENTS, in its order. */
const relayedIds = async (): Promise<string[]> => {
  const consumer = await nats.jetstream().consumers.get(streams.events);
  const { num_pending } = await consumer.info();
  const ids: string[] = [];
  for await (const { headers } of await consumer.fetch({ max_messages: num_pending }))
    ids.push(headers?.get("Nats-Msg-Id") ?? "");
  return ids;
};

/** Faults are transient, and a busy machine has some. While it stops, the previous version answers webhooks with 500; they come again. */
const isDefect = (line: string): boolean =>
  /"level":"(?:error|fatal)"/.test(line) &&
  !/"err":\{"type":"Fault"|"error":"Fault /.test(line) &&
  !(line.includes(before.path) && line.includes("statement has been finalized"));
