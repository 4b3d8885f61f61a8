import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "@touchline/testing";
import { expect, test } from "vitest";
import { openCheckpoint, SecondWriter } from "./checkpoint.ts";
import { createDatabase, openDatabase } from "./database.ts";
import type { Projection } from "./projection.ts";

const nothing: Projection = { name: "nothing", version: 3, prefixes: [], schema: "", prepare: () => () => {} };
const place = (n: number) => ({ position: BigInt(n), id: `event-${n}` });

const inFolder = (work: (path: string) => void) => {
  const folder = temporaryFolder("checkpoint");
  try {
    work(join(folder.path, "nothing.sqlite"));
  } finally {
    folder.remove();
  }
};

test("a checkpoint begins before the first event, and is kept when the file is reopened", () =>
  inFolder((path) => {
    const db = openDatabase(path, nothing);
    expect(openCheckpoint(db).position()).toBe(-1n);
    openCheckpoint(db).advance({ position: 2n ** 62n, id: "far" });
    db.close();
    const again = openDatabase(path, nothing);
    expect(openCheckpoint(again).position()).toBe(2n ** 62n);
    expect(openCheckpoint(again).remembered()).toEqual([{ position: 2n ** 62n, id: "far" }]);
    again.close();
  }));

test("the last event is remembered with a few earlier ones, at growing distances", () => {
  const db = createDatabase(":memory:", nothing);
  const checkpoint = openCheckpoint(db);
  for (let n = 1; n <= 1_000; n++) checkpoint.advance(place(n));
  expect(checkpoint.remembered()).toEqual([1_000, 999, 987, 939, 683].map(place));
  for (let n = 1_001; n <= 150_000; n++) checkpoint.advance(place(n));
  const remembered = checkpoint.remembered();
  expect(remembered).toHaveLength(9);
  expect(remembered[0]).toEqual(place(150_000));
  expect(Number(remembered.at(-1)?.position)).toBeLessThan(150_000 - 4 ** 7);
  db.close();
});

test("a process that finds the checkpoint changed writes nothing", () =>
  inFolder((path) => {
    const first = openDatabase(path, nothing);
    const second = openDatabase(path, nothing);
    const ours = openCheckpoint(first);
    const theirs = openCheckpoint(second);
    ours.advance(place(1));
    expect(() => theirs.advance(place(1))).toThrow(SecondWriter);
    expect(() => theirs.advance(place(2))).toThrow(path);
    expect(ours.remembered()).toEqual([place(1)]);
    theirs.reload();
    theirs.advance(place(2));
    expect(() => ours.advance(place(3))).toThrow(SecondWriter);
    first.close();
    second.close();
  }));

test("a file from the previous version opens; events that it passed are not remembered", () =>
  inFolder((path) => {
    const before = new DatabaseSync(path);
    before.exec(
      "CREATE TABLE checkpoint (one INTEGER PRIMARY KEY, version INTEGER NOT NULL, position INTEGER NOT NULL)",
    );
    before.exec("INSERT INTO checkpoint VALUES (1, 3, 700)");
    const db = openDatabase(path, nothing);
    const checkpoint = openCheckpoint(db);
    expect(checkpoint.position()).toBe(700n);
    expect(checkpoint.remembered()).toEqual([]);
    checkpoint.advance(place(800));
    before.exec("UPDATE checkpoint SET position = 900");
    checkpoint.reload();
    expect(checkpoint.position()).toBe(900n);
    expect(checkpoint.remembered()).toEqual([place(800)]);
    before.close();
    db.close();
  }));
