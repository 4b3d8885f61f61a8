import type { LinkIndex } from "../projections/link-index.ts";
import type { Book } from "./compare-books.ts";
import type { TheirBooks } from "./walk.ts";

/** A payment that the club made by hand on a family's mandate has no registration, so it is not ours. */
type Thing = { readonly id: string; readonly registrationId?: string; readonly subscriptionId?: string };

/** The link that each thing belongs to; undefined for anything else in the club's account. */
export const ownersOf = (
  index: Pick<LinkIndex, "resource" | "linkOfRegistration">,
  { payments, subscriptions }: Pick<TheirBooks, "payments" | "subscriptions">,
) => {
  const owner = ({ id, registrationId, subscriptionId }: Thing): string | undefined => {
    const known = index.resource(id)?.linkId ?? (registrationId && index.linkOfRegistration(registrationId));
    if (known || !subscriptionId) return known || undefined;
    // Of a subscription that is not recorded yet, only GoCardless knows whose it is.
    const subscription = subscriptions.get(subscriptionId);
    return index.resource(subscriptionId)?.linkId ?? (subscription && owner({ ...subscription, id: subscriptionId }));
  };

  return (book: Book, thing: Thing & { readonly paymentId?: string }): string | undefined => {
    const found = owner(thing);
    if (found || book !== "refunds") return found || undefined;
    const payment = payments.get(thing.paymentId ?? "");
    return (payment && owner(payment)) || undefined;
  };
};
