import { type Cause, transact } from "@touchline/event-store";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import type { PaymentDecision } from "../payment/decide.ts";
import { announceMonths, missMonths, refuseRefund } from "../payment/decide-money.ts";
import type { Step } from "../payment/follow-up.ts";
import { isRefusal } from "../payment/provider.ts";
import { madeRefundFact, monthFact, refundFacts } from "../payment/read-facts.ts";
import type { RefundWish } from "../payment/refunds.ts";
import type { Link } from "../payment/state.ts";
import type { RecordRead, StepResult, StepsOptions } from "./options.ts";

export type MoneyStep = Extract<Step, { do: "announce" | "miss_months" | "refund" | "read_refund" | "read_months" }>;

/** Steps about refunds and months: they ask GoCardless and record what follows from its answers. */
export const moneySteps = (options: StepsOptions, record: RecordRead) => {
  const { store, provider, seasons, runtime } = options;

  const decide = async (link: Link, decision: PaymentDecision, cause: Cause): Promise<StepResult> => {
    const { events } = await transact(store, paymentAggregate, link.id, decision, cause);
    return events.length > 0 ? "done" : "nothing";
  };

  const refund = async (link: Link, wish: RefundWish, cause: Cause): Promise<StepResult> => {
    const { id: linkId, registrationId } = link;
    const { id, paymentId, amountPence, totalPence } = wish;
    // The same refund request has the same key, whichever process asks and however often.
    const wanted = { idempotencyKey: `touchline-refund-${linkId}-${id}`, registrationId };
    const made = await provider.createRefund({ ...wanted, paymentId, amountPence, totalPence }, cause.traceparent);
    const now = runtime.now();
    if (isRefusal(made)) {
      await transact(store, paymentAggregate, linkId, refuseRefund(id, made.refused, made.reason, now), cause);
      return "declined";
    }
    await record(linkId, [madeRefundFact(linkId, made.id, wish, now)], cause);
    return "done";
  };

  const readRefund = async (link: Link, refundId: string, cause: Cause): Promise<StepResult> => {
    const found = await provider.readRefund(refundId, cause.traceparent);
    const facts = found ? refundFacts(link.id, found, runtime.now()) : [];
    return (await record(link.id, facts, cause)) > 0 ? "done" : "nothing";
  };

  const readMonths = async (link: Link, ids: readonly string[], cause: Cause): Promise<StepResult> => {
    const found = await Promise.all(ids.map((id) => provider.readPayment(id, cause.traceparent)));
    const facts = found.flatMap((payment) => (payment ? [monthFact(link.id, payment, runtime.now())] : []));
    return (await record(link.id, facts, cause)) > 0 ? "done" : "nothing";
  };

  return async (link: Link, step: MoneyStep, cause: Cause): Promise<StepResult> => {
    switch (step.do) {
      case "announce":
        return decide(link, announceMonths(seasons.collecting(link), runtime.now()), cause);
      case "miss_months":
        return decide(link, missMonths(runtime.now()), cause);
      case "refund":
        return refund(link, step.wish, cause);
      case "read_refund":
        return readRefund(link, step.refundId, cause);
      case "read_months":
        return readMonths(link, step.paymentIds, cause);
    }
  };
};
