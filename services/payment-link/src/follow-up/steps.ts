import { Fault } from "@touchline/contracts";
import { type Cause, transact } from "@touchline/event-store";
import { paymentAggregate, recordFacts } from "../gocardless/payment-stream.ts";
import { startCancelling } from "../payment/cancelling.ts";
import { recordRemoval } from "../payment/decide.ts";
import { settleElsewhere } from "../payment/decide-elsewhere.ts";
import type { Step } from "../payment/follow-up.ts";
import { cancelledFact, fulfilledFact } from "../payment/read-facts.ts";
import type { Link } from "../payment/state.ts";
import type { AskAgain } from "./ask-again.ts";
import { moneySteps } from "./money-steps.ts";
import type { RecordRead, StepResult, StepsOptions } from "./options.ts";
import { subscriptionSteps } from "./subscription-steps.ts";

/** Each step makes a call to GoCardless and records the answer as an event. @throws Fault if it must wait */
export const createSteps = (options: StepsOptions) => {
  const { provider, askAgain, runtime } = options;
  const record = factRecorder(options);
  const { subscribe, amend, cancelSubscription } = subscriptionSteps(options, record);
  const performMoney = moneySteps(options, record);

  const cancelRequest = async (link: Link, requestId: string, cause: Cause): Promise<StepResult> => {
    await transact(options.store, paymentAggregate, link.id, startCancelling(requestId, runtime.now()), cause);
    const cancelled = await provider.cancelRequest(requestId, cause.traceparent);
    const request = cancelled ? undefined : await provider.readRequest(requestId, cause.traceparent);
    const now = runtime.now();
    if (request?.status === "fulfilled") {
      await record(link.id, [fulfilledFact(link.id, request, now)], cause);
      return "done";
    }
    // The webhook will say how it ended.
    if (request?.status === "fulfilling") return "nothing";
    if (request && request.status !== "cancelled") {
      throw new Fault("provider_unavailable", { detail: "(GoCardless did not cancel an open billing request)" });
    }
    await record(link.id, [cancelledFact(link.id, requestId, "us", now)], cause);
    return "done";
  };

  const removePayers = async ({ id, requests }: Link, cause: Cause): Promise<StepResult> => {
    const found = new Set<string>();
    for (const request of requests) {
      const payer = await provider.payerOf(request.id, cause.traceparent);
      if (payer) found.add(payer);
    }
    for (const payer of found) await provider.removePayer(payer, cause.traceparent);
    const removal = recordRemoval(found.size, runtime.now());
    const { events } = await transact(options.store, paymentAggregate, id, removal, cause);
    return events.length > 0 ? "done" : "nothing";
  };

  const perform = async (link: Link, step: Step, cause: Cause): Promise<StepResult> => {
    switch (step.do) {
      case "cancel_request":
        return cancelRequest(link, step.requestId, cause);
      case "cancel_subscription":
        return cancelSubscription(link, step.subscriptionId, cause);
      case "amend_subscription":
        return amend(link, step, cause);
      case "ask_again":
        return askForMore(askAgain, link, cause);
      case "settle_elsewhere": {
        const { events } = await transact(
          options.store,
          paymentAggregate,
          link.id,
          settleElsewhere(runtime.now()),
          cause,
        );
        return events.length > 0 ? "done" : "nothing";
      }
      case "remove_payers":
        return removePayers(link, cause);
      case "subscribe":
        return subscribe(link, step.mandateId, step.count, cause);
      default:
        return performMoney(link, step, cause);
    }
  };

  return { perform, cancelSubscription, record };
};

const askForMore = async (askAgain: AskAgain, link: Link, cause: Cause): Promise<StepResult> => {
  const again = await askAgain(link, cause);
  if (again === "refused") return again;
  return again.requests.length > link.requests.length ? "done" : "nothing";
};

const factRecorder =
  ({ store, index, runtime }: StepsOptions): RecordRead =>
  async (linkId, facts, cause) => {
    const { events } = await transact(store, paymentAggregate, linkId, recordFacts(facts, runtime.now()), cause);
    index.remember(linkId, events);
    return events.length;
  };
