import { randomUUID } from "node:crypto";
import { connectEventStore, connectRawStore, copyEvents, movedTo } from "@touchline/event-store";
import { runProjection } from "@touchline/projections";
import { projectionFiles } from "@touchline/registration/projections";
import { temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWorld } from "../../registration/test/families.ts";
import { ops, startStoreIn } from "./touchline.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const startStore = async () => {
  const { path, remove } = temporaryFolder("ops");
  cleanUps.push(remove);
  const store = await startStoreIn(path);
  cleanUps.push(() => store.stop());
  return { ...store, dataDir: path };
};

let old: Awaited<ReturnType<typeof startStore>>;
let empty: Awaited<ReturnType<typeof startStore>>;
beforeEach(async () => {
  [old, empty] = await Promise.all([startStore(), startStore()]);
});

const connect = (url: string) => {
  const store = connectEventStore({ url });
  cleanUps.push(() => store.close());
  return store;
};

const everything = async (url: string) => {
  const found = [];
  for await (const { position: _position, ...event } of connect(url).readAll()) {
    if (event.type !== ("StoreMoved" as string)) found.push({ ...event, created: event.created.getTime() });
  }
  return found;
};

const connectRaw = (url: string) => {
  const store = connectRawStore(url);
  cleanUps.push(() => store.close());
  return store;
};

/** Every byte that the store returns, including system events. */
const everyByte = async (url: string): Promise<string> => {
  let text = "";
  for await (const { data, metadata } of connectRaw(url).events()) text += Buffer.concat([data, metadata]).toString();
  return text;
};

/** Some families, one of which was forgotten. */
const families = async (count: number) => {
  const world = createWorld(old.url);
  cleanUps.push(world.close);
  for (let i = 0; i < count; i++) {
    const [id, link] = [randomUUID(), `BRQ0000${i}`];
    await world.register(id, ["Zoë", "O'Neill"], i);
    await world.token(id, link, i);
    await world.text(id, link, i, ["delivered"]);
  }
  await world.register("forgotten", ["Zebedee", "Marchbanks"]);
  const store = connect(old.url);
  const erased = { registrationId: "forgotten", resends: 0, corrections: 0, erasedAt: new Date().toISOString() };
  await store.append(
    "registration-forgotten",
    [{ id: randomUUID(), type: "RegistrationErased", data: erased, metadata: { service: "test" } }],
    0n,
  );
  await store.truncateBefore("registration-forgotten", 1n);
};

const startOn = async (dataDir: string, url: string) => {
  for (const { projection, path } of projectionFiles({ DATA_DIR: dataDir })) {
    const stopping = new AbortController();
    const running = runProjection({ store: connect(url), projection, path, signal: stopping.signal });
    await running.ready;
    stopping.abort();
    await running.done;
  }
};

test("after the steps of docs/moving-up.md everything is in the new store with its old times, and the old store is closed", async () => {
  await families(20);
  const before = await everything(old.url);
  await startOn(old.dataDir, old.url);

  const env = { DATA_DIR: old.dataDir, EVENTSTORE_URL: old.url };
  const moved = await ops(env, "move", "--to", empty.url);
  expect([moved.code, moved.out]).toEqual([0, expect.stringMatching(/^\d+ events in \d+ streams are on 127/)]);

  const after = await everything(empty.url);
  // What was forgotten left no byte behind, and those after it keep their revisions.
  expect(
    after.map(({ metadata: { firstStoredAt: _first, ...metadata }, ...event }) => ({ ...event, metadata })),
  ).toEqual(before.filter(({ stream, revision }) => stream !== "registration-forgotten" || revision === 1n));
  expect(await everyByte(empty.url)).not.toContain("Marchbanks");
  expect(await connect(empty.url).read("registration-forgotten")).toMatchObject([
    { type: "RegistrationErased", revision: 1n },
  ]);

  const onNew = { DATA_DIR: old.dataDir, EVENTSTORE_URL: empty.url };
  await startOn(old.dataDir, empty.url);
  expect((await ops(onNew, "projections", "verify", "registrations")).code).toBe(0);
  expect(await movedTo(connectRaw(old.url))).toBe(`127.0.0.1:${empty.port}`);
  expect(await movedTo(connectRaw(empty.url))).toBeUndefined();
  // No service starts on it any more; one that tries is shown where the events are.
  const refused = connectEventStore({ url: old.url, timeoutMs: 2_000 });
  cleanUps.push(() => refused.close());
  await expect(refused.ping()).rejects.toThrow(`were moved to 127.0.0.1:${empty.port}`);
  expect(refused.status().unreachable).toContain("were moved to");

  const again = await ops(env, "move", "--to", empty.url);
  expect([again.code, again.out]).toEqual([0, moved.out.replace(/, \d+ of/, `, ${moved.out.split(" ")[0]} of`)]);
});

test("an interrupted move continues where it left off", async () => {
  await families(5);
  const ids = async (url: string) => (await everything(url)).map(({ id }) => id);
  const wanted = (await ids(old.url)).filter((_, i, all) => i !== all.length - 2);
  const [from, to] = [connectRawStore(old.url), connectRawStore(empty.url)];
  cleanUps.push(() => Promise.all([from.close(), to.close()]));
  const breaking = copyEvents(from, to, (events) => {
    if (events === 12) throw new Error("The power is gone.");
  });
  await expect(breaking).rejects.toThrow("power");
  const half = (await everything(empty.url)).length;
  expect(half).toBeGreaterThan(0);
  const moved = await ops({ DATA_DIR: old.dataDir, EVENTSTORE_URL: old.url }, "move", "--to", empty.url);
  expect([moved.code, moved.out]).toEqual([0, expect.stringContaining(`, ${half} of them before`)]);
  expect(await ids(empty.url)).toEqual(wanted);
});

test("a move writes nothing to a store that holds something else, and leaves the old one open", async () => {
  await families(2);
  const world = createWorld(empty.url);
  cleanUps.push(world.close);
  await world.register("somebody", ["Somebody", "Else"]);
  const env = { DATA_DIR: old.dataDir, EVENTSTORE_URL: old.url };
  const refused = await ops(env, "move", "--to", empty.url);
  expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/neither empty nor a part.*empty store/s)]);
  expect(await everything(empty.url)).toHaveLength(1);
  expect(await movedTo(connectRaw(old.url))).toBeUndefined();
  expect((await ops(env, "move", "--to", old.url)).err).toContain("the same store");
});

test("a scavenged store keeps its revisions when it moves", async () => {
  await families(2);
  await old.stop();
  expect((await ops({ DATA_DIR: old.dataDir }, "scavenge")).code).toBe(0);
  const again = await startStoreIn(old.dataDir);
  cleanUps.push(() => again.stop());
  expect((await ops({ DATA_DIR: old.dataDir, EVENTSTORE_URL: again.url }, "move", "--to", empty.url)).code).toBe(0);
  expect(await connect(empty.url).read("registration-forgotten")).toMatchObject([{ revision: 1n }]);
});
