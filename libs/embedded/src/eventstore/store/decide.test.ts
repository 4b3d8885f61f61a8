import { describe, expect, test } from "vitest";
import {
  ANY,
  decideAppend,
  decideDelete,
  NO_STREAM,
  STREAM_EXISTS,
  type StoredIds,
  type StreamFacts,
} from "./decide.ts";

const missing: StreamFacts = { lastRevision: -1, tombstoned: false, softDeleted: false, hasMetadata: false };
const existing: StreamFacts = { ...missing, lastRevision: 2 };
const deleted: StreamFacts = { ...existing, softDeleted: true, hasMetadata: true };
const stored = ["a", "b", "c"];

const everything: StoredIds = {
  recentRevision: (id) => (stored.includes(id) ? stored.indexOf(id) : undefined),
  idAt: (revision) => stored[revision],
};
const afterRestart: StoredIds = { ...everything, recentRevision: () => undefined };

describe("decideAppend", () => {
  test.each([
    ["any, missing", missing, ANY, "append"],
    ["no_stream, missing", missing, NO_STREAM, "append"],
    ["stream_exists, missing", missing, STREAM_EXISTS, "wrong-version"],
    ["stream_exists, metadata only", { ...missing, hasMetadata: true }, STREAM_EXISTS, "append"],
    ["exact, missing", missing, 0, "wrong-version"],
    ["any, existing", existing, ANY, "append"],
    ["no_stream, existing", existing, NO_STREAM, "wrong-version"],
    ["the last revision", existing, 2, "append"],
    ["a lower revision", existing, 1, "wrong-version"],
    ["a higher revision", existing, 3, "wrong-version"],
    ["any, deleted", deleted, ANY, "append"],
    ["no_stream, deleted", deleted, NO_STREAM, "append"],
    ["the last revision, deleted", deleted, 2, "append"],
    ["stream_exists, deleted", deleted, STREAM_EXISTS, "deleted"],
    ["any, tombstoned", { ...existing, tombstoned: true }, ANY, "deleted"],
  ])("new events, %s: %s", (_name, facts, expected, kind) => {
    const decision = decideAppend(facts, expected, ["new"], everything);
    expect(decision.kind).toBe(kind);
    if (decision.kind === "append") expect(decision.undelete).toBe(facts.softDeleted);
  });

  test.each([
    ["any, all known", ANY, ["b", "c"], everything, { kind: "repeat", lastRevision: 2 }],
    ["any, a later one new", ANY, ["b", "new"], everything, { kind: "wrong-version" }],
    ["any, the first one new", ANY, ["new", "b"], everything, { kind: "append", undelete: false }],
    ["any, after a restart", ANY, ["b", "c"], afterRestart, { kind: "append", undelete: false }],
    ["exact, all equal", 0, ["b", "c"], afterRestart, { kind: "repeat", lastRevision: 2 }],
    ["exact, a prefix", 0, ["b"], afterRestart, { kind: "repeat", lastRevision: 1 }],
    ["exact, longer than what is stored", 1, ["c", "new"], afterRestart, { kind: "wrong-version" }],
    ["no_stream, all equal", NO_STREAM, stored, afterRestart, { kind: "repeat", lastRevision: 2 }],
    ["nothing, at the last revision", 2, [], everything, { kind: "append", undelete: false }],
    ["nothing, below it", 1, [], everything, { kind: "wrong-version" }],
  ])("a repeat, %s", (_name, expected, ids, known, decision) => {
    expect(decideAppend(existing, expected, ids, known)).toEqual(decision);
  });
});

describe("decideDelete", () => {
  test.each([
    ["soft, missing", missing, ANY, "soft", "wrong-version"],
    ["soft, metadata only", { ...missing, hasMetadata: true }, NO_STREAM, "soft", "append"],
    ["soft, existing", existing, 2, "soft", "append"],
    ["soft, twice", deleted, ANY, "soft", "append"],
    ["tombstone, missing", missing, NO_STREAM, "tombstone", "append"],
    ["tombstone, a wrong revision", existing, 0, "tombstone", "wrong-version"],
    ["tombstone, twice", { ...existing, tombstoned: true }, ANY, "tombstone", "deleted"],
  ] as const)("%s", (_name, facts, expected, kind, decision) => {
    expect(decideDelete(facts, expected, kind).kind).toBe(decision);
  });
});
