/** Expected revisions. An exact one is 0 or more; the others are EventStoreDB's numbers. */
export const NO_STREAM = -1;
export const ANY = -2;
export const STREAM_EXISTS = -4;

export interface StreamFacts {
  /** -1 if nothing was ever appended. */
  lastRevision: number;
  tombstoned: boolean;
  softDeleted: boolean;
  hasMetadata: boolean;
}

/** What is known about stored events. Both look-ups are about the stream being appended to. */
export interface StoredIds {
  /** From memory, which is limited and lost on restart. */
  recentRevision(id: string): number | undefined;
  idAt(revision: number): string | undefined;
}

export type AppendDecision =
  | { kind: "append"; undelete: boolean }
  | { kind: "repeat"; lastRevision: number }
  | { kind: "wrong-version" }
  | { kind: "deleted" };

const WRONG_VERSION: AppendDecision = { kind: "wrong-version" };

export function decideAppend(
  facts: StreamFacts,
  expected: number,
  ids: readonly string[],
  stored: StoredIds,
): AppendDecision {
  if (facts.tombstoned) return { kind: "deleted" };
  if (expected === STREAM_EXISTS) {
    if (facts.softDeleted) return { kind: "deleted" };
    if (facts.lastRevision < 0 && !facts.hasMetadata) return WRONG_VERSION;
  }
  if (expected === ANY || expected === STREAM_EXISTS) return repeatByMemory(facts, ids, stored);
  if (expected < facts.lastRevision) return repeatByRevision(facts, expected, ids, stored);
  if (expected > facts.lastRevision) return WRONG_VERSION;
  return { kind: "append", undelete: facts.softDeleted };
}

function repeatByMemory(facts: StreamFacts, ids: readonly string[], stored: StoredIds): AppendDecision {
  let lastRevision = -1;
  for (const [index, id] of ids.entries()) {
    const revision = stored.recentRevision(id);
    if (revision === undefined) return index === 0 ? { kind: "append", undelete: facts.softDeleted } : WRONG_VERSION;
    lastRevision = revision;
  }
  return ids.length === 0 ? { kind: "append", undelete: facts.softDeleted } : { kind: "repeat", lastRevision };
}

function repeatByRevision(
  facts: StreamFacts,
  expected: number,
  ids: readonly string[],
  stored: StoredIds,
): AppendDecision {
  for (const [index, id] of ids.entries()) {
    if (stored.idAt(expected + 1 + index) === id) continue;
    return index === 0 && expected === NO_STREAM && facts.softDeleted
      ? { kind: "append", undelete: true }
      : WRONG_VERSION;
  }
  return ids.length === 0 ? WRONG_VERSION : { kind: "repeat", lastRevision: expected + ids.length };
}

/** A delete appends an event that is always new, so it is never a repeat. */
export function decideDelete(facts: StreamFacts, expected: number, kind: "soft" | "tombstone"): AppendDecision {
  const decision = decideAppend(facts, expected, ["unseen"], {
    recentRevision: () => undefined,
    idAt: () => undefined,
  });
  const nothingThere = facts.lastRevision < 0 && !facts.hasMetadata;
  return decision.kind === "append" && kind === "soft" && nothingThere ? WRONG_VERSION : decision;
}
