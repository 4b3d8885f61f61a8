import { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { completedData } from "../../test/completed.ts";
import { createFollow } from "../feed/follow.ts";
import { createChangedAfter } from "./changed.ts";
import { registrationsProjection } from "./projection.ts";

const PHONE = "+447700900123";

/** Siblings at positions 1 and 2, and another family at 3. Their numbers stop texts at positions 4 and 5. */
const changedAfter = (() => {
  const db = new DatabaseSync(":memory:");
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db);
  const phones = { r1: PHONE, r2: PHONE, r3: "+447700900456" };
  let position = 0n;
  for (const [registrationId, parentPhone] of Object.entries(phones)) {
    const data = completedData({ registrationId, parentPhone });
    apply(storedEvent(`registration-${registrationId}`, "RegistrationCompleted", data, { position: ++position }));
  }
  for (const phone of [PHONE, phones.r3]) {
    const data = { phone, via: "inbound", optedOutAt: "2026-09-01T10:00:00.000Z" };
    apply(storedEvent(`suppression-${phone}`, "PhoneOptedOut", data, { position: ++position }));
  }
  apply.flush?.();
  return createChangedAfter(db);
})();

const idsOf = (changes: readonly { registrationId: string }[]) => changes.map((change) => change.registrationId).sort();

test("siblings whose number stops texts change together, even if only one was asked for", () => {
  expect(idsOf(changedAfter(-1n, 1))).toEqual(["r1", "r2"]);
  expect(idsOf(changedAfter(-1n, 2))).toEqual(["r1", "r2"]);
  expect(idsOf(changedAfter(-1n, 3))).toEqual(["r1", "r2", "r3"]);
  expect(idsOf(changedAfter(4n, 1))).toEqual(["r3"]);
});

test("a caller who comes back after one sibling hears of both again, and of a family alone only once", async () => {
  const from = async (position: bigint) => {
    const gone = new AbortController();
    const seen: string[] = [];
    // The end of the log ends this test: nothing else happens.
    const follow = createFollow(
      (...args) => {
        const found = changedAfter(...args);
        if (found.length === 0) gone.abort();
        return found;
      },
      { onCommit: () => () => {} },
    );
    for await (const change of follow(position, gone.signal)) seen.push(change.registrationId);
    return seen.sort();
  };
  expect(await from(4n)).toEqual(["r1", "r2", "r3"]);
  expect(await from(3n)).toEqual(["r1", "r2", "r3"]);
});
