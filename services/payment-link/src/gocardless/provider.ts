import type { Runtime } from "@touchline/service";
import type { GoCardlessClient } from "gocardless-nodejs";
import type { MoneyProvider } from "../payment/money-provider.ts";
import type { PaymentProvider } from "../payment/provider.ts";
import { billingRequests } from "./billing-requests.ts";
import { createCall, type Guard, type Traced } from "./calls.ts";
import { eventList } from "./event-list.ts";
import { mandatesAndPayments } from "./mandates-and-payments.ts";
import { payers } from "./payers.ts";
import { refunds } from "./refunds.ts";
import { subscriptions } from "./subscriptions.ts";
import { walks } from "./walks.ts";

export interface ProviderOptions {
  readonly traced?: Traced | undefined;
  /** Whether a parent whose bank GoCardless cannot reach may pay the fee by Direct Debit. */
  readonly fallback?: boolean;
}

/** GoCardless through its SDK. Answers become reports, refusals and faults; no raw text of an answer goes any further. */
export const goCardlessProvider = (
  client: GoCardlessClient,
  guard: Guard,
  runtime: Pick<Runtime, "uuid">,
  { traced, fallback = false }: ProviderOptions = {},
): PaymentProvider & MoneyProvider => {
  const call = createCall(guard, traced);
  return {
    ...billingRequests(client, call, runtime, fallback),
    ...mandatesAndPayments(client, call),
    ...subscriptions(client, call),
    ...eventList(client, call),
    ...refunds(client, call),
    ...payers(client, call),
    ...walks(client, call),
  };
};
