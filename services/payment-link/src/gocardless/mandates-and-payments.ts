import type { GoCardlessClient } from "gocardless-nodejs";
import type { MoneyProvider } from "../payment/money-provider.ts";
import type { Call } from "./calls.ts";
import { missing } from "./problems.ts";
import { mandateRecordOf, paymentRecordOf } from "./records.ts";

export const mandatesAndPayments = (
  client: GoCardlessClient,
  call: Call,
): Pick<MoneyProvider, "readPayment" | "readMandate"> => ({
  readPayment: (id, traceparent) =>
    call(
      "read_payment",
      traceparent,
      async (headers) => paymentRecordOf(await client.payments.find(id, headers)),
      missing,
    ),

  readMandate: (id, traceparent) =>
    call(
      "read_mandate",
      traceparent,
      async (headers) => mandateRecordOf(await client.mandates.find(id, headers)),
      missing,
    ),
});
