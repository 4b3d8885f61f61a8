import type { ProviderEvent, Purpose } from "../payment/provider.ts";
import { purposeOf } from "./shapes.ts";

/** What an event is about. */
export interface Subject {
  readonly kind: "request" | "payment" | "mandate" | "subscription" | "refund";
  readonly id: string;
  /** Its origin, if the event says so. */
  readonly requestId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly paymentId?: string | undefined;
  readonly purpose?: Purpose | undefined;
}

/** By resource type: our kind, and its name in `links`. */
const ownLinks = {
  billing_requests: ["request", "billing_request"],
  payments: ["payment", "payment"],
  mandates: ["mandate", "mandate"],
  subscriptions: ["subscription", "subscription"],
  refunds: ["refund", "refund"],
} as const;

const isOurs = (resourceType: string): resourceType is keyof typeof ownLinks => Object.hasOwn(ownLinks, resourceType);

/** Undefined for resource types that links do not have. */
export const subjectOf = ({ resourceType, links, purpose }: ProviderEvent): Subject | undefined => {
  if (!isOurs(resourceType)) return undefined;
  const [kind, name] = ownLinks[resourceType];
  const id = links[name];
  if (!id) return undefined;
  return {
    kind,
    id,
    requestId: links.billing_request,
    subscriptionId: links.subscription,
    paymentId: links.payment,
    purpose: purposeOf(purpose),
  };
};

/** Billing requests and subscriptions first: they name the payments that other events in a batch are about. */
export const namingFirst = (a: ProviderEvent, b: ProviderEvent): number => rank(a) - rank(b);
const rank = ({ resourceType }: ProviderEvent): number =>
  resourceType === "billing_requests" || resourceType === "subscriptions" ? 0 : 1;
