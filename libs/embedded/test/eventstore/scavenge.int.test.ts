import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { jsonEvent } from "@eventstore/db-client";
import { afterEach, describe, expect, test } from "vitest";
import { embedded, kill, run, SCAVENGE } from "./support/embedded.ts";
import { collect, Node, newStream, rejection } from "./support/node.ts";

const CANARY = "Zephyrina";
const secret = (index: number) => jsonEvent({ type: "Spoken", data: { index, who: CANARY } });
const plain = (index: number) => jsonEvent({ type: "Kept", data: { index } });

describe("a scavenge", () => {
  const { folder, start } = embedded();
  const nodes: Node[] = [];
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.disconnect();
  });
  const open = async (dataDir: string) => {
    const store = await start(dataDir);
    const node = new Node();
    node.connect(store.url);
    nodes.push(node);
    return { store, client: node.client };
  };
  const revisions = async (client: Node["client"], stream: string) =>
    (await collect(client.readStream(stream))).map(({ event }) => Number(event?.revision));
  const positions = async (client: Node["client"]) =>
    (await collect(client.readAll())).map(({ event }) => event?.position.commit ?? 0n);
  const filesWith = async (dataDir: string, word: string) => {
    const names = await readdir(dataDir);
    const holding = await Promise.all(names.map(async (n) => (await readFile(join(dataDir, n))).includes(word) && n));
    return holding.filter(Boolean);
  };

  test("removes hidden events from the disk, and leaves everything else where it was", async () => {
    const dataDir = await folder();
    const { store, client } = await open(dataDir);
    const [truncated, counted, deleted, tombstoned, kept, aged] = Array.from({ length: 6 }, () => newStream()) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    await client.appendToStream(truncated, [secret(0), secret(1), plain(2), plain(3)]);
    await client.setStreamMetadata(truncated, { truncateBefore: 1 });
    await client.setStreamMetadata(truncated, { truncateBefore: 2 });
    await client.appendToStream(counted, [secret(0), plain(1)]);
    await client.setStreamMetadata(counted, { maxCount: 1 });
    await client.appendToStream(deleted, [secret(0), plain(1)]);
    await client.deleteStream(deleted);
    await client.appendToStream(tombstoned, [secret(0), secret(1)]);
    await client.tombstoneStream(tombstoned);
    await client.appendToStream(aged, [secret(0), plain(1)]);
    await client.setStreamMetadata(aged, { maxAge: 1 });
    await client.appendToStream(kept, [plain(0), plain(1)]);
    const before = await positions(client);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await run(SCAVENGE, "--data", dataDir)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Stop it"),
    });
    await store.stop();
    expect(await filesWith(dataDir, CANARY)).not.toEqual([]);

    const { code, stdout } = await run(SCAVENGE, "--data", dataDir);
    // Seven events with the canary, and the metadata that was replaced.
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ removed: 8 })]);
    expect(await filesWith(dataDir, CANARY)).toEqual([]);
    expect(JSON.parse((await run(SCAVENGE, "--data", dataDir)).stdout)).toMatchObject({ removed: 0 });

    const again = await open(dataDir);
    const after = await positions(again.client);
    expect(before).toEqual(expect.arrayContaining(after));
    expect(after).toHaveLength(before.length - 8);
    expect(await revisions(again.client, truncated)).toEqual([2, 3]);
    expect(await revisions(again.client, counted)).toEqual([1]);
    expect(await revisions(again.client, kept)).toEqual([0, 1]);
    // Nothing is shown of the stream that is too old, though its last event is kept.
    expect(await revisions(again.client, aged)).toEqual([]);
    await rejection(revisions(again.client, deleted));
    await rejection(again.client.appendToStream(tombstoned, [plain(2)]));
    // Streams continue where they left off.
    expect((await again.client.appendToStream(truncated, [plain(4)])).nextExpectedRevision).toBe(4n);
    expect((await again.client.appendToStream(deleted, [plain(2)])).nextExpectedRevision).toBe(2n);
    expect((await again.client.appendToStream(aged, [plain(2)])).nextExpectedRevision).toBe(2n);
    expect(await revisions(again.client, aged)).toEqual([2]);
  });

  test.each([
    ["this version", false],
    ["an earlier version, which did not record what it removed", true],
  ])("lets reading begin at a removed record's position, after a scavenge by %s", async (_name, earlier) => {
    const dataDir = await folder();
    const { store, client } = await open(dataDir);
    const stream = newStream();
    const removed: bigint[] = [];
    for (let i = 0; i < 3; i++) {
      removed.push((await client.appendToStream(stream, [secret(i)])).position?.commit ?? -1n);
    }
    await client.appendToStream(stream, [plain(3)]);
    await client.setStreamMetadata(stream, { truncateBefore: 3 });
    await store.stop();
    expect((await run(SCAVENGE, "--data", dataDir)).code).toBe(0);
    if (earlier) {
      const database = new DatabaseSync(join(dataDir, "events.db"));
      database.exec("DROP TABLE removed");
      database.close();
    }
    const again = await open(dataDir);
    for (const commit of removed) {
      const rest = await collect(again.client.readAll({ fromPosition: { commit, prepare: commit } }));
      expect(rest[0]?.event).toMatchObject({ streamId: stream, revision: 3n });
    }
    const before = (removed[0] ?? 0n) - 1n;
    const reading = collect(again.client.readAll({ fromPosition: { commit: before, prepare: before } }));
    if (earlier) await reading;
    else await rejection(reading);
  });

  test("also removes events that are only in the log, after a kill", async () => {
    const dataDir = await folder();
    const { store, client } = await open(dataDir);
    const stream = newStream();
    await client.appendToStream(stream, [secret(0), plain(1)]);
    await client.setStreamMetadata(stream, { truncateBefore: 1 });
    await kill(store);
    expect((await run(SCAVENGE, "--data", dataDir)).code).toBe(0);
    expect(await filesWith(dataDir, CANARY)).toEqual([]);
    expect(await revisions((await open(dataDir)).client, stream)).toEqual([1]);
  });

  test("refuses a folder without events, and changes nothing in it", async () => {
    const dataDir = await folder();
    expect(await run(SCAVENGE, "--data", dataDir)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no events"),
    });
    expect(await readdir(dataDir)).toEqual([]);
  });
});
