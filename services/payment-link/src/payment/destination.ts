import type { BillingRequest, Link } from "./state.ts";
import { calledOff, openRequest, outdatedRequest, owed } from "./status.ts";

/** Where a tap leads, as far as the link's own facts say. */
export type Destination =
  | { readonly to: "paid" | "cancelled" | "try_again" }
  /** To the page of this billing request, unless GoCardless says that it is finished. */
  | { readonly to: "request"; readonly request: BillingRequest }
  /** Something is owed, and no billing request asks for it yet. */
  | { readonly to: "new_request" };

/** `collecting`: whether monthly fees are still to be collected, so that a mandate is of use. */
export const destinationOf = (link: Link, collecting: boolean): Destination => {
  if (link.closed) return { to: "cancelled" };
  const due = owed(link, collecting);
  if (due.feePence === 0 && !due.mandate && !unfinishedMandate(link)) return { to: "paid" };
  if (calledOff(link)) return { to: "cancelled" };
  // It is being cancelled; the next tap finds a new one.
  if (outdatedRequest(link, due)) return { to: "try_again" };
  const request = openRequest(link);
  return request ? { to: "request", request } : { to: "new_request" };
};

/** With no fee to pay, the link is for the mandate alone, until it is set up. */
const unfinishedMandate = (link: Link): boolean => link.feePence === 0 && openRequest(link)?.id === link.id;
