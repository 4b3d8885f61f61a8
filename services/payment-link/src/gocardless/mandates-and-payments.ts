import type { GoCardlessClient } from "gocardless-nodejs";
import type { MandateReport, PaymentProvider } from "../payment/provider.ts";
import type { Call } from "./calls.ts";
import { missing } from "./problems.ts";
import { compact, purposeOf } from "./shapes.ts";

/** What a mandate's state means for collecting on it. A state that is not here is on its way to one that is. */
const mandateStates: Readonly<Record<string, MandateReport["state"]>> = {
  active: "usable",
  failed: "ended",
  cancelled: "ended",
  expired: "ended",
  consumed: "ended",
  blocked: "ended",
  suspended_by_payer: "ended",
};

export const mandatesAndPayments = (
  client: GoCardlessClient,
  call: Call,
): Pick<PaymentProvider, "readPayment" | "readMandate"> => ({
  readPayment: (id, traceparent) =>
    call(
      "read_payment",
      traceparent,
      async (headers) => {
        const { links, metadata } = await client.payments.find(id, headers);
        return compact({
          subscriptionId: links?.subscription,
          mandateId: links?.mandate,
          registrationId: metadata?.registration_id,
          purpose: purposeOf(metadata?.purpose),
        });
      },
      missing,
    ),

  readMandate: (id, traceparent) =>
    call(
      "read_mandate",
      traceparent,
      async (headers) => {
        const { status = "", next_possible_charge_date, metadata } = await client.mandates.find(id, headers);
        return {
          state: Object.hasOwn(mandateStates, status) ? (mandateStates[status] ?? "pending") : "pending",
          action: status,
          ...compact({
            nextPossibleChargeDate: next_possible_charge_date ?? undefined,
            registrationId: metadata?.registration_id,
          }),
        };
      },
      missing,
    ),
});
