import type { GoCardlessClient } from "gocardless-nodejs";
import type { MoneyProvider, NewRefund } from "../payment/money-provider.ts";
import type { Call } from "./calls.ts";
import { metadataOf, purposes } from "./metadata.ts";
import { missing, noOf, oddAnswer } from "./problems.ts";
import { refundRecordOf } from "./records.ts";
import { refundRefusals, wordFor } from "./words.ts";

export const refunds = (client: GoCardlessClient, call: Call): Pick<MoneyProvider, "createRefund" | "readRefund"> => ({
  createRefund: (wanted, traceparent) =>
    call(
      "create_refund",
      traceparent,
      async (headers) => {
        const { id } = await client.refunds.create(bodyOf(wanted), wanted.idempotencyKey, headers);
        if (!id) throw oddAnswer("a refund without its id");
        return { id };
      },
      (problem) => {
        if (problem.kind === "conflict") return { id: problem.id };
        const refusal = noOf(problem);
        const word = "code" in problem ? wordFor(refundRefusals, problem.code) : undefined;
        return word ? { ...refusal, refused: word } : refusal;
      },
    ),

  readRefund: (id, traceparent) =>
    call(
      "read_refund",
      traceparent,
      async (headers) => refundRecordOf(await client.refunds.find(id, headers)),
      missing,
    ),
});

const bodyOf = ({ registrationId, paymentId, amountPence, totalPence }: NewRefund) => ({
  amount: amountPence,
  total_amount_confirmation: totalPence,
  metadata: metadataOf(registrationId, purposes.refund),
  links: { payment: paymentId },
});
