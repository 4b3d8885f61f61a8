import type { PaymentEvent } from "@touchline/contracts";
import { paymentAggregate } from "../src/gocardless/payment-stream.ts";
import type { Link, LinkState } from "../src/payment/state.ts";

export { recordFacts } from "../src/gocardless/payment-stream.ts";

/** Folds a link as the service does. */
export const { evolve } = paymentAggregate;

export const linkAfter = (...events: readonly PaymentEvent[]): Link => {
  const state = events.reduce<LinkState>(evolve, { status: "none" });
  if (state.status === "none") throw new Error("The events do not begin a link.");
  return state;
};
