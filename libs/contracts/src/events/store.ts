import { type EventOf, eventsOf, Instant } from "./define.ts";

const define = eventsOf("store", "relay");

/** The event store's own stream. */
export const STORE_STREAM = "store-identity";

/** Exists in a store whose events were moved to another one; its one event, `StoreMoved`, says where. */
export const MOVED_STREAM = "store-moved";

/** What was done to bring the store back after a restore. */
export const RECOVERY_STREAM = "store-recovery";

export const storeEvents = [
  define(
    "StoreIdentified",
    "An event store got its identity. Another identity at the same address is another store, or an older copy of this one.",
    { identifiedAt: Instant() },
    "whichever service is first",
  ),
  define(
    "RecoveryBegan",
    "The store was restored to an earlier moment, and what is known elsewhere was brought back. Until the window ends, a text may have gone " +
      "that the store knows nothing of: each one looks for itself at the provider before it is sent.",
    { since: Instant("the moment of the backup"), until: Instant("the end of the window") },
    "ops",
  ),
  define("RecoveryEnded", "An operator has ended the window of a recovery.", { endedAt: Instant() }, "ops"),
] as const;

export type StoreEvent = EventOf<(typeof storeEvents)[number]>;
