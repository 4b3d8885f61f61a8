import { RECOVERY_STREAM } from "@touchline/contracts";
import { expect, test } from "vitest";
import { memoryEventStore } from "./memory.ts";
import { createRecoveryWindow } from "./recovery-window.ts";

const SINCE = new Date("2026-09-01T02:00:00.000Z");
const data = { since: SINCE.toISOString(), until: "2026-09-04T02:00:00.000Z" };
const clock = { now: () => new Date("2026-09-02T10:00:00.000Z"), monotonicMs: () => 0 };

test.each([
  [["RecoveryBegan"], SINCE],
  [["RecoveryBegan", "RecoveryEnded"], undefined],
  // An event from a later version must not close the window: texts that may be lost must not be sent again.
  [["RecoveryBegan", "RecoveryCommended"], SINCE],
  [["RecoveryBegan", "RecoveryEnded", "RecoveryCommended"], undefined],
])("after %j texts may be lost since %s", async (types, since) => {
  const store = memoryEventStore();
  const metadata = { service: "ops" };
  const events = types.map((type) => ({ id: crypto.randomUUID(), type, data, metadata }));
  await store.append(RECOVERY_STREAM, events, "no_stream");
  expect(await createRecoveryWindow(store, clock)()).toEqual(since);
});
