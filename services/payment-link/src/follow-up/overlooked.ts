import { type EventStore, load, type StoredEvent } from "@touchline/event-store";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import type { FollowUp } from "./follow-up.ts";

export interface FollowUpCatchUp {
  readonly store: EventStore;
  readonly followUp: Pick<FollowUp, "due" | "bringUpToDate">;
  /** Older events are left to the sweep of all links when the service starts. */
  readonly since: Date;
}

/** Does at GoCardless what a link's event made due, if its message never came. True if there was work left. */
export const createFollowUpCatchUp =
  ({ store, followUp, since }: FollowUpCatchUp) =>
  async ({ id, stream, created, metadata }: StoredEvent): Promise<boolean> => {
    if (created < since) return false;
    const linkId = stream.slice(`${paymentAggregate.category}-`.length);
    const { state: link, revision } = await load(store, paymentAggregate, linkId);
    if (link.status === "none" || !followUp.due(link)) return false;
    const { $correlationId: correlationId, traceparent } = metadata;
    await followUp.bringUpToDate(linkId, { service: "payment-link", id, correlationId, traceparent });
    // What is due may have to wait for its day or for an operator.
    return (await load(store, paymentAggregate, linkId)).revision > revision;
  };
