import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "@touchline/event-store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApplier } from "./applier.ts";
import { openDatabase } from "./database.ts";

import type { Projection } from "./projection.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "touchline-projections-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const NAME = "Zebedee Marchbanks";

const names: Projection = {
  name: "names",
  version: 1,
  prefixes: ["registration-"],
  schema: "CREATE TABLE names (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT",
  prepare: (db) => {
    const add = db.prepare("INSERT INTO names VALUES (?, ?)");
    const remove = db.prepare("DELETE FROM names WHERE id = ?");
    return ({ type, stream }) => void (type === "RegistrationErased" ? remove.run(stream) : add.run(stream, NAME));
  },
};

let position = 0n;
const event = (stream: string, type: string) =>
  ({ stream, type, position: ++position, id: `event-${position}` }) as StoredEvent;

const filesWithTheName = () =>
  readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes("Marchbanks"));

const open = () => {
  const db = openDatabase(join(folder, "names.sqlite"), names);
  const applier = createApplier(db, names);
  const fold = (stream: string, type: string) => {
    applier.apply(event(stream, type));
    applier.commit();
  };
  return { db, fold };
};

test("once an erasure is applied, the erased data is in none of the view's files", () => {
  const { db, fold } = open();
  fold("registration-1", "RegistrationCompleted");
  expect(filesWithTheName()).not.toEqual([]);
  fold("registration-1", "RegistrationErased");
  expect(filesWithTheName()).toEqual([]);
  db.close();
});

test("while another process reads, the write-ahead file stays; the next commit empties it", () => {
  const { db, fold } = open();
  fold("registration-1", "RegistrationCompleted");
  const reader = new DatabaseSync(join(folder, "names.sqlite"), { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM names").get();
  const started = performance.now();
  fold("registration-1", "RegistrationErased");
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(filesWithTheName()).not.toEqual([]);
  reader.close();
  fold("registration-2", "RegistrationErased");
  expect(filesWithTheName()).toEqual([]);
  db.close();
});
