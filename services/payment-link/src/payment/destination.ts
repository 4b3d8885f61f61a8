import { openRecord } from "./elsewhere.ts";
import type { BillingRequest, Link } from "./state.ts";
import { calledOff, isOwed, openRequest, outdatedRequest, owed, paymentStatus, settledElsewhere } from "./status.ts";

/** Where a tap leads, by the link's own facts. */
export type Destination =
  | { readonly to: "paid" | "settled" | "refunded" | "cancelled" | "try_again" }
  /** To the page of this billing request, unless GoCardless says that it is finished. */
  | { readonly to: "request"; readonly request: BillingRequest }
  /** Something is owed and no billing request asks for it yet. */
  | { readonly to: "new_request" };

/** `collecting`: whether there are monthly fees left to collect, so that a mandate is of use. */
export const destinationOf = (link: Link, collecting: boolean): Destination => {
  if (link.closed) return { to: "cancelled" };
  const due = owed(link, collecting);
  if (!isOwed(due) && !unfinishedMandate(link)) return { to: settlement(link) };
  if (calledOff(link)) return { to: "cancelled" };
  // It is being cancelled; a later tap finds what is still owed.
  if (outdatedRequest(link, due) || openRecord(link)) return { to: "try_again" };
  const request = openRequest(link);
  return request ? { to: "request", request } : { to: "new_request" };
};

/** Why nothing is owed. */
const settlement = (link: Link): "paid" | "settled" | "refunded" => {
  if (paymentStatus(link).status === "refunded") return "refunded";
  return settledElsewhere(link) ? "settled" : "paid";
};

/** With no fee to pay, the link is for the mandate alone, until it is set up. */
const unfinishedMandate = (link: Link): boolean => link.feePence === 0 && openRequest(link)?.id === link.id;
