import { eventsOf, Instant } from "./define.ts";

const define = eventsOf("store", "relay");

/** The event store's own stream. */
export const STORE_STREAM = "store-identity";

export const storeEvents = [
  define(
    "StoreIdentified",
    "An event store got its identity. Another identity at the same address is another store, or an older copy of this one.",
    { identifiedAt: Instant() },
    "whichever service is first",
  ),
] as const;
