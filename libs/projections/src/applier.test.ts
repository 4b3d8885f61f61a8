import type { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApplier } from "./applier.ts";
import { SecondWriter } from "./checkpoint.ts";
import { createDatabase } from "./database.ts";
import type { Projection } from "./projection.ts";

/** Writes each team's goals once for each commit. `Own` goals cannot be applied. */
const scores: Projection = {
  name: "scores",
  version: 1,
  prefixes: ["team-"],
  schema: "CREATE TABLE scores (team TEXT PRIMARY KEY, goals INTEGER NOT NULL) STRICT",
  prepare: (db, changed) => {
    const add = db.prepare("INSERT INTO scores VALUES (?, 1) ON CONFLICT DO UPDATE SET goals = goals + 1");
    return ({ stream, type }) => {
      add.run(stream);
      changed?.(stream);
      if ((type as string) === "Own") throw new TypeError("own goals do not count");
    };
  },
};

let db: DatabaseSync;
beforeEach(() => {
  db = createDatabase(":memory:", scores);
});
afterEach(() => db.close());

const goal = (team: string, position: number, type = "Scored") =>
  storedEvent(team, type, {}, { position: BigInt(position), id: `event-${position}` });
const rows = () =>
  Object.fromEntries(
    db
      .prepare("SELECT * FROM scores")
      .all()
      .map((r) => [r.team, r.goals]),
  );
const stored = () => db.prepare("SELECT position FROM checkpoint").get()?.position;

test("rows and checkpoint are committed together", () => {
  const applier = createApplier(db, scores);
  applier.apply(goal("team-tigers", 5));
  applier.apply(goal("team-lions", 6));
  expect([applier.pending(), applier.position(), stored()]).toEqual([2, 6n, -1]);
  applier.commit();
  expect([applier.pending(), applier.position(), stored()]).toEqual([0, 6n, 6]);
  expect(rows()).toEqual({ "team-tigers": 1, "team-lions": 1 });
});

test("an event that cannot be applied leaves no trace in the rows, and earlier events are kept", () => {
  const applier = createApplier(db, scores);
  applier.apply(goal("team-tigers", 5));
  expect(() => applier.apply(goal("team-tigers", 6, "Own"))).toThrow("own goals do not count");
  applier.commit();
  expect(applier.position()).toBe(5n);
  expect(rows()).toEqual({ "team-tigers": 1 });
});

test("a commit that follows another writer's is undone", () => {
  const applier = createApplier(db, scores);
  db.exec("UPDATE checkpoint SET position = 9");
  applier.apply(goal("team-tigers", 5));
  expect(() => applier.commit()).toThrow(SecondWriter);
  expect(rows()).toEqual({});
  expect([applier.pending(), applier.position(), stored()]).toEqual([0, 9n, 9]);
});

test("changes are reported while they are written", () => {
  const changed: string[] = [];
  const applier = createApplier(db, scores, { changed: (key) => changed.push(key) });
  applier.apply(goal("team-tigers", 5));
  expect(changed).toEqual(["team-tigers"]);
});

test.each(["commit", "apply"] as const)(
  "a batch that SQLite has undone is not committed, but applied again (%s)",
  (next) => {
    const applier = createApplier(db, scores);
    applier.apply(goal("team-tigers", 5));
    db.exec("ROLLBACK");
    const act = () => (next === "commit" ? applier.commit() : applier.apply(goal("team-lions", 6)));
    expect(act).toThrow("SQLite rolled back a batch");
    expect([applier.pending(), applier.position(), stored()]).toEqual([0, -1n, -1]);
    expect(rows()).toEqual({});
  },
);
