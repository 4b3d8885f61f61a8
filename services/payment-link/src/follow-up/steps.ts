import { Fault } from "@touchline/contracts";
import { type Cause, type EventStore, transact } from "@touchline/event-store";
import { londonDay } from "@touchline/london";
import type { Runtime } from "@touchline/service";
import { paymentAggregate, recordFacts } from "../gocardless/payment-stream.ts";
import { type Fact, recordSubscription, refuseSubscription } from "../payment/decide.ts";
import type { Step } from "../payment/follow-up.ts";
import { isRefusal, type PaymentProvider } from "../payment/provider.ts";
import { cancelledFact, fulfilledFact, mandateFact, subscriptionEndedFact } from "../payment/read-facts.ts";
import type { Link } from "../payment/state.ts";
import { paymentStatus } from "../payment/status.ts";
import { planSubscription } from "../payment/subscription.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import type { AskAgain } from "./ask-again.ts";
import type { Seasons } from "./season.ts";

export interface StepsOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  readonly provider: PaymentProvider;
  readonly askAgain: AskAgain;
  readonly seasons: Seasons;
  readonly runtime: Pick<Runtime, "now">;
}

/** `done`: the link has changed, so it is worth another look. `nothing`: it has to wait for something. */
export type StepResult = "done" | "nothing" | "refused";

/** Each step is one call to GoCardless, and the event that records its answer. Throws `Fault` when it must wait. */
export const createSteps = (options: StepsOptions) => {
  const { provider, askAgain, runtime } = options;
  const record = factRecorder(options);
  const subscribe = subscriber(options, record);

  const cancelRequest = async (link: Link, requestId: string, cause: Cause): Promise<StepResult> => {
    const cancelled = await provider.cancelRequest(requestId, cause.traceparent);
    const request = cancelled ? undefined : await provider.readRequest(requestId, cause.traceparent);
    const now = runtime.now();
    if (request?.status === "fulfilled") {
      await record(link.id, fulfilledFact(link.id, request, now), cause);
      return "done";
    }
    // The webhook will say how it ended.
    if (request?.status === "fulfilling") return "nothing";
    if (request && request.status !== "cancelled") {
      throw new Fault("provider_unavailable", { detail: "(a billing request was not cancelled, though it could be)" });
    }
    await record(link.id, cancelledFact(link.id, requestId, "us", now), cause);
    return "done";
  };

  const cancelSubscription = async (link: Link, subscriptionId: string, cause: Cause): Promise<StepResult> => {
    await provider.cancelSubscription(subscriptionId, cause.traceparent);
    await record(link.id, subscriptionEndedFact(link.id, subscriptionId, runtime.now()), cause);
    return "done";
  };

  const perform = async (link: Link, step: Step, cause: Cause): Promise<StepResult> => {
    switch (step.do) {
      case "cancel_request":
        return cancelRequest(link, step.requestId, cause);
      case "cancel_subscription":
        return cancelSubscription(link, step.subscriptionId, cause);
      case "ask_again":
        return (await askAgain(link, cause)).requests.length > link.requests.length ? "done" : "refused";
      case "subscribe":
        return subscribe(link, step.mandateId, step.count, cause);
    }
  };

  return { perform, cancelSubscription, record };
};

type RecordFact = (linkId: string, fact: Fact, cause: Cause) => Promise<void>;

const factRecorder =
  ({ store, index, runtime }: StepsOptions): RecordFact =>
  async (linkId, fact, cause) => {
    const { events } = await transact(store, paymentAggregate, linkId, recordFacts([fact], runtime.now()), cause);
    index.remember(linkId, events);
  };

const subscriber =
  ({ store, index, provider, seasons, runtime }: StepsOptions, record: RecordFact) =>
  async (link: Link, mandateId: string, count: number, cause: Cause): Promise<StepResult> => {
    const mandate = await provider.readMandate(mandateId, cause.traceparent);
    const now = runtime.now();
    if (!mandate || mandate.state === "ended") {
      const action = mandate?.action ?? "unknown";
      await record(link.id, mandateFact("MandateFailed", link.id, mandateId, action, now), cause);
      return "done";
    }
    const plan = planSubscription({
      today: londonDay(now),
      paid: londonDay(paymentStatus(link).since),
      preferredDay: link.preferredPaymentDay,
      season: seasons.of(link),
      nextPossibleChargeDate: mandate.nextPossibleChargeDate,
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
    const facts = { subscriptionId: made.id, mandateId, amountPence, ...plan, now };
    const { events } = await transact(store, paymentAggregate, link.id, recordSubscription(facts), cause);
    index.remember(link.id, events);
    return "done";
  };
