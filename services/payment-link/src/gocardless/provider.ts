import type { Runtime } from "@touchline/service";
import type { GoCardlessClient } from "gocardless-nodejs";
import type { PaymentProvider } from "../payment/provider.ts";
import { billingRequests } from "./billing-requests.ts";
import { createCall, type Guard, type Traced } from "./calls.ts";
import { eventList } from "./event-list.ts";
import { mandatesAndPayments } from "./mandates-and-payments.ts";
import { subscriptions } from "./subscriptions.ts";

/** GoCardless through its SDK. Answers become reports, refusals and faults; no text of an answer goes further. */
export const goCardlessProvider = (
  client: GoCardlessClient,
  guard: Guard,
  runtime: Pick<Runtime, "uuid">,
  traced?: Traced,
): PaymentProvider => {
  const call = createCall(guard, traced);
  return {
    ...billingRequests(client, call, runtime),
    ...mandatesAndPayments(client, call),
    ...subscriptions(client, call),
    ...eventList(client, call),
  };
};
