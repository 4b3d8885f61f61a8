import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connectEventStore } from "@touchline/event-store";
import { runProjection } from "@touchline/projections";
import { projectionFiles } from "@touchline/registration/projections";
import { temporaryFolder } from "@touchline/testing";
import { afterEach, expect, test } from "vitest";
import { createWorld } from "../../registration/test/families.ts";
import { ops, startStoreIn } from "./touchline.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const folder = () => {
  const { path, remove } = temporaryFolder("ops");
  cleanUps.push(remove);
  return path;
};

const storeIn = async (dataDir: string) => {
  const store = await startStoreIn(dataDir);
  cleanUps.push(() => store.stop());
  return store;
};

/** Every row of the registration service's views, as a service that starts on this folder and store makes them. */
const viewsOf = async (dataDir: string, url: string) => {
  const store = connectEventStore({ url });
  const tables: Record<string, unknown[]> = {};
  for (const { projection, path } of projectionFiles({ DATA_DIR: dataDir })) {
    const stopping = new AbortController();
    const running = runProjection({ store, projection, path, signal: stopping.signal });
    await running.ready;
    stopping.abort();
    await running.done;
    const db = new DatabaseSync(path, { readOnly: true });
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    for (const name of names.map((row) => String(row.name))) {
      const rows = db.prepare(`SELECT * FROM "${name}"`);
      rows.setReadBigInts(true);
      tables[`${projection.name}.${name}`] = rows.all();
    }
    db.close();
  }
  await store.close();
  return tables;
};

test("a backup taken while the store serves restores into an empty folder and gives the same views", async () => {
  const [home, elsewhere, shelf] = [folder(), folder(), folder()];
  const file = join(shelf, "monday", "events.db");
  const first = await storeIn(home);
  const world = createWorld(first.url);
  cleanUps.push(world.close);
  for (let i = 0; i < 5; i++) {
    const [id, link] = [randomUUID(), `BRQ0000${i}`];
    await world.register(id, ["Zoë", "O'Neill"], i);
    await world.token(id, link, i);
    await world.text(id, link, i, i % 2 ? ["delivered"] : ["undelivered", "30005"]);
    await world.payment(id, link, "paid", i);
  }
  const before = await viewsOf(home, first.url);
  expect(before["registrations.registrations"]).toHaveLength(5);

  const backedUp = await ops({ DATA_DIR: home }, "backup", file);
  expect([backedUp.code, backedUp.out.trim()]).toEqual([0, file]);
  await world.register("after-the-backup", ["Late", "Comer"]);
  await first.stop();

  const restored = await ops({ DATA_DIR: elsewhere }, "restore", file);
  expect([restored.code, restored.out.trim()]).toEqual([0, join(elsewhere, "eventstore")]);
  const second = await storeIn(elsewhere);
  expect(await viewsOf(elsewhere, second.url)).toEqual(before);

  const verified = await ops(
    { DATA_DIR: elsewhere, EVENTSTORE_URL: second.url },
    "projections",
    "verify",
    "registrations",
  );
  expect([verified.code, verified.out]).toEqual([
    0,
    expect.stringMatching(/^✓ registrations: \d+ rows from \d+ events/),
  ]);
  const newcomer = createWorld(second.url);
  cleanUps.push(newcomer.close);
  await newcomer.register("after-the-restore", ["New", "Comer"]);
  expect((await viewsOf(elsewhere, second.url))["registrations.registrations"]).toHaveLength(6);
});

test("after a restore the views show nothing that came after the backup", async () => {
  const [home, shelf] = [folder(), folder()];
  const file = join(shelf, "events.db");
  const store = await storeIn(home);
  const world = createWorld(store.url);
  cleanUps.push(world.close);
  await world.register("before", ["Zoë", "O'Neill"]);
  expect((await ops({ DATA_DIR: home }, "backup", file)).code).toBe(0);
  await world.register("after", ["Late", "Comer"]);
  expect((await viewsOf(home, store.url))["registrations.registrations"]).toHaveLength(2);
  const walked = join(home, "payment-link", "events-checkpoint.json");
  mkdirSync(dirname(walked), { recursive: true });
  writeFileSync(walked, "{}");
  await store.stop();

  expect((await ops({ DATA_DIR: home }, "restore", file, "--replace")).code).toBe(0);
  const again = await storeIn(home);
  expect((await viewsOf(home, again.url))["registrations.registrations"]).toMatchObject([
    { registration_id: "before" },
  ]);
  expect(existsSync(walked)).toBe(false);
});

test("backup and restore never overwrite anything, and say what to do instead", async () => {
  const [home, shelf] = [folder(), folder()];
  const file = join(shelf, "events.db");
  expect(await ops({ DATA_DIR: home }, "backup", file)).toMatchObject({
    code: 1,
    err: expect.stringContaining("Say where the events are with --data"),
  });
  const store = await storeIn(home);
  expect((await ops({ DATA_DIR: home }, "backup", file)).code).toBe(0);
  const again = await ops({ DATA_DIR: home }, "backup", file);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining("already exists")]);

  const inUse = await ops({ DATA_DIR: home }, "restore", file);
  expect([inUse.code, inUse.err]).toEqual([1, expect.stringContaining("Stop Touchline before a restore.")]);
  await store.stop();
  expect((await ops({ DATA_DIR: home }, "restore", file)).code).toBe(1);
  expect((await ops({ DATA_DIR: home }, "restore", file, "--replace")).code).toBe(0);
  const aside = readdirSync(join(home, "eventstore")).find((name) => name.startsWith("replaced-"));
  expect(existsSync(join(home, "eventstore", aside ?? "none", "events.db"))).toBe(true);
  expect((await ops({}, "restore", join(shelf, "none.db"))).code).toBe(64);
});
