import { type EventOf, eventsOf, Instant } from "./define.ts";

const define = eventsOf("store", "relay");

/** The event store's own stream. */
export const STORE_STREAM = "store-identity";

/** Exists in a store whose events were moved to another. Its only event, `StoreMoved`, says where. */
export const MOVED_STREAM = "store-moved";

/** What was done to recover the store after a restore. */
export const RECOVERY_STREAM = "store-recovery";

export const storeEvents = [
  define(
    "StoreIdentified",
    "An event store got its identity. A different identity at the same address means another store, or an older copy of this one.",
    { identifiedAt: Instant() },
    "the first service to start",
  ),
  define(
    "RecoveryBegan",
    "The store was restored to an earlier moment, and what NATS still had was recovered. Until the window ends, a text may have been sent " +
      "that the store does not know of, so each text is first looked up at Twilio.",
    { since: Instant("the moment of the backup"), until: Instant("the end of the window") },
    "ops",
  ),
  define("RecoveryEnded", "An operator ended the recovery window.", { endedAt: Instant() }, "ops"),
] as const;

export type StoreEvent = EventOf<(typeof storeEvents)[number]>;
