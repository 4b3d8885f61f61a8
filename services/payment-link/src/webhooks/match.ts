import { isBillingRequestId } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { load } from "@touchline/event-store";
import { purposes } from "../gocardless/provider.ts";
import { paymentAggregate } from "../payment/state.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import type { ResourceKind, Target } from "./gocardless-effects.ts";
import type { ProviderEvent } from "./gocardless-events.ts";

/** Which link an event belongs to. Asks our own records alone; throws `Fault` when the event store is away. */
export type Match = (event: ProviderEvent) => Promise<Target | undefined>;

/** The link in the thing's name of `links`, by resource type. */
export const ownId = ({ resourceType, links }: ProviderEvent): string | undefined =>
  ({
    billing_requests: links.billing_request,
    payments: links.payment,
    mandates: links.mandate,
    subscriptions: links.subscription,
  })[resourceType];

export const matcher = (index: LinkIndex, store: EventStore): Match => {
  const request = async (id: string | undefined): Promise<string | undefined> => {
    if (!id || !isBillingRequestId(id)) return undefined;
    const known = index.resource(id)?.linkId ?? index.link(id)?.id;
    if (known) return known;
    const { state } = await load(store, paymentAggregate, id);
    return state.status === "known" ? state.id : undefined;
  };
  const as = (kind: ResourceKind, linkId: string | undefined): Target | undefined =>
    linkId ? { linkId, kind } : undefined;
  const byMetadata = ({ registrationId }: ProviderEvent) => registrationId && index.linkOfRegistration(registrationId);

  const payment = async (event: ProviderEvent): Promise<Target | undefined> => {
    const { links, purpose } = event;
    const known = index.resource(links.payment ?? "");
    if (known) return known;
    if (links.subscription) return as("monthly", index.resource(links.subscription)?.linkId);
    if (purpose === purposes.fee) return as("fee", byMetadata(event) || undefined);
    if (purpose === purposes.monthly) return as("monthly", byMetadata(event) || undefined);
    return as("fee", await request(links.billing_request));
  };

  return async (event) => {
    const { resourceType, links } = event;
    const id = ownId(event);
    if (!id) return undefined;
    if (resourceType === "billing_requests") return as("request", await request(id));
    if (resourceType === "payments") return payment(event);
    const linkId = index.resource(id)?.linkId ?? (byMetadata(event) || (await request(links.billing_request)));
    return as(resourceType === "mandates" ? "mandate" : "subscription", linkId);
  };
};
