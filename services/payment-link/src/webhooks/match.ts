import { isBillingRequestId } from "@touchline/contracts";
import { type EventStore, load } from "@touchline/event-store";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { type Subject, subjectOf } from "../gocardless/subjects.ts";
import type { ProviderEvent } from "../payment/provider.ts";
import type { ResourceKind, Target } from "../payment/resources.ts";
import type { LinkIndex } from "../projections/link-index.ts";

/** Finds the link that an event belongs to, from our own records only. @throws Fault if the event store is down */
export type Match = (event: ProviderEvent) => Promise<Target | undefined>;

export const matcher = (index: LinkIndex, store: EventStore): Match => {
  const linkOfRequest = async (id: string | undefined): Promise<string | undefined> => {
    if (!id || !isBillingRequestId(id)) return undefined;
    const known = index.resource(id)?.linkId ?? index.link(id)?.id;
    if (known) return known;
    const { state } = await load(store, paymentAggregate, id);
    return state.status === "known" ? state.id : undefined;
  };
  const linkOfMetadata = ({ registrationId }: ProviderEvent): string | undefined =>
    registrationId ? index.linkOfRegistration(registrationId) : undefined;

  const ofPayment = (id: string | undefined): string | undefined => (id ? index.resource(id)?.linkId : undefined);

  const payment = async (event: ProviderEvent, subject: Subject): Promise<Target | undefined> => {
    const known = index.resource(subject.id);
    if (known) return known;
    if (subject.subscriptionId) return target("monthly", index.resource(subject.subscriptionId)?.linkId);
    const { purpose } = subject;
    if (purpose === "monthly") return target("monthly", linkOfMetadata(event));
    if (purpose === "fee" || purpose === "missed") return target("fee", linkOfMetadata(event));
    return target("fee", await linkOfRequest(subject.requestId));
  };

  return async (event) => {
    const subject = subjectOf(event);
    if (!subject) return undefined;
    if (subject.kind === "request") return target("request", await linkOfRequest(subject.id));
    if (subject.kind === "payment") return payment(event, subject);
    const known = index.resource(subject.id)?.linkId ?? linkOfMetadata(event) ?? ofPayment(subject.paymentId);
    return target(subject.kind, known ?? (await linkOfRequest(subject.requestId)));
  };
};

const target = (kind: ResourceKind, linkId: string | undefined): Target | undefined =>
  linkId ? { linkId, kind } : undefined;
