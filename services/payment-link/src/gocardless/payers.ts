import type { GoCardlessClient } from "gocardless-nodejs";
import type { MoneyProvider } from "../payment/money-provider.ts";
import type { Call } from "./calls.ts";
import { missing } from "./problems.ts";

/** GoCardless calls a payer a customer and creates one for each billing request. */
export const payers = (client: GoCardlessClient, call: Call): Pick<MoneyProvider, "payerOf" | "removePayer"> => ({
  payerOf: (requestId, traceparent) =>
    call(
      "read_billing_request",
      traceparent,
      async (headers) => (await client.billingRequests.find(requestId, headers)).links?.customer,
      missing,
    ),

  removePayer: (payerId, traceparent) =>
    call(
      "remove_customer",
      traceparent,
      async (headers) => {
        await client.customers.remove(payerId, headers);
      },
      missing,
    ),
});
