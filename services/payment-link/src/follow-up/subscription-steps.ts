import { type Cause, transact } from "@touchline/event-store";
import { londonDay } from "@touchline/london";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { recordAmount } from "../payment/amend.ts";
import { recordSubscription, refuseSubscription } from "../payment/decide.ts";
import type { Step } from "../payment/follow-up.ts";
import { isRefusal } from "../payment/provider.ts";
import { mandateFacts, subscriptionEndedFact } from "../payment/read-facts.ts";
import { firstMonthLeft, onAnotherDay } from "../payment/replacing.ts";
import { type Link, registeredAt } from "../payment/state.ts";
import { planSubscription } from "../payment/subscription.ts";
import type { RecordRead, StepResult, StepsOptions } from "./options.ts";

type Amendment = Extract<Step, { do: "amend_subscription" }>;

/** Steps about the subscriptions that collect the monthly fee. */
export const subscriptionSteps = (options: StepsOptions, record: RecordRead) => ({
  subscribe: subscriber(options, record),
  amend: amender(options),

  cancelSubscription: async (link: Link, subscriptionId: string, cause: Cause): Promise<StepResult> => {
    await options.provider.cancelSubscription(subscriptionId, cause.traceparent);
    await record(link.id, [subscriptionEndedFact(link.id, subscriptionId, options.runtime.now())], cause);
    return "done";
  },
});

const amender =
  ({ store, provider, runtime }: StepsOptions) =>
  async (link: Link, { subscriptionId, amountPence }: Amendment, cause: Cause): Promise<StepResult> => {
    const answer = await provider.amendSubscription(subscriptionId, amountPence, cause.traceparent);
    // The webhook will say how it ended. A paused one is tried again daily.
    if (answer === "over") return "nothing";
    const now = runtime.now();
    if (isRefusal(answer)) {
      const mandateId = link.subscriptions.find(({ id }) => id === subscriptionId)?.mandateId ?? "";
      const refusal = { mandateId, code: answer.refused, reason: answer.reason };
      await transact(store, paymentAggregate, link.id, refuseSubscription(refusal, now), cause);
      return "refused";
    }
    await transact(store, paymentAggregate, link.id, recordAmount(subscriptionId, amountPence, now), cause);
    return "done";
  };

const subscriber =
  ({ store, index, provider, seasons, runtime }: StepsOptions, record: RecordRead) =>
  async (link: Link, mandateId: string, count: number, cause: Cause): Promise<StepResult> => {
    const askedAt = runtime.now();
    const found = await provider.readMandate(mandateId, cause.traceparent);
    const mandate = found ?? ({ state: "ended", action: "unknown" } as const);
    if (mandate.state === "ended") {
      await record(link.id, mandateFacts(link.id, mandateId, mandate, askedAt), cause);
      return "done";
    }
    const now = runtime.now();
    const today = londonDay(now);
    const before = onAnotherDay(link, mandateId);
    const plan = planSubscription({
      today,
      registered: londonDay(registeredAt(link)),
      preferredDay: link.preferredPaymentDay,
      season: seasons.of(link),
      nextPossibleChargeDate: mandate.nextPossibleChargeDate,
      from: before && firstMonthLeft(before, today),
    });
    if (!plan) return "nothing";
    const { registrationId, monthlyFeePence: amountPence } = link;
    const idempotencyKey = `touchline-subscription-${link.id}-${mandateId}${count ? `-${count}` : ""}`;
    const wanted = { idempotencyKey, registrationId, mandateId, amountPence, ...plan };
    const made = await provider.createSubscription(wanted, cause.traceparent);
    if (isRefusal(made)) {
      const refusal = { mandateId, code: made.refused, reason: made.reason };
      await transact(store, paymentAggregate, link.id, refuseSubscription(refusal, now), cause);
      return "refused";
    }
    const { id: subscriptionId, ...terms } = made;
    const facts = { subscriptionId, mandateId, ...terms, now };
    const { events } = await transact(store, paymentAggregate, link.id, recordSubscription(facts), cause);
    index.remember(link.id, events);
    return "done";
  };
