import type { PaymentEvent } from "@touchline/contracts";
import { type EventStore, transact } from "@touchline/event-store";
import type { ProviderEvent } from "../payment/provider.ts";

export type ParkReason = "unknown_type" | "unmatched";

interface ParkedState {
  readonly status: "none" | "parked" | "matched";
}

/** Streams `payment-EV…`: an event that could not be placed yet. */
const parkedAggregate = {
  category: "payment",
  initial: { status: "none" } as ParkedState,
  evolve: (state: ParkedState, { type }: PaymentEvent): ParkedState => {
    if (type === "ProviderEventParked") return { status: "parked" };
    return type === "ProviderEventMatched" ? { status: "matched" } : state;
  },
} as const;

/** Parks an event. Resolves with whether it was new. */
export const parkEvent = async (
  store: EventStore,
  { id, ...event }: ProviderEvent,
  reason: ParkReason,
  now: Date,
): Promise<boolean> => {
  const parked: PaymentEvent = {
    type: "ProviderEventParked",
    data: { ...event, links: { ...event.links }, providerEventId: id, reason, parkedAt: now.toISOString() },
  };
  const decide = ({ status }: ParkedState) => (status === "none" ? [parked] : []);
  const cause = { service: "payment-link", id, claim: true };
  const { events } = await transact(store, parkedAggregate, streamIdOf(id), decide, cause);
  return events.length > 0;
};

/** Records that a parked event found its link. */
export const unparkEvent = async (store: EventStore, eventId: string, linkId: string, now: Date): Promise<void> => {
  const matched: PaymentEvent = {
    type: "ProviderEventMatched",
    data: { providerEventId: eventId, billingRequestId: linkId, matchedAt: now.toISOString() },
  };
  const decide = ({ status }: ParkedState) => (status === "parked" ? [matched] : []);
  await transact(store, parkedAggregate, streamIdOf(eventId), decide, { service: "payment-link", id: eventId });
};

/** GoCardless chooses event ids. One that is not `EV…` must not get into a link's stream. */
const streamIdOf = (eventId: string): string => (eventId.startsWith("EV") ? eventId : `EV-${eventId}`);
