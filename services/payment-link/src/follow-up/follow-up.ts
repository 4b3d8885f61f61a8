import { type Cause, load } from "@touchline/event-store";
import { type Logger, logFields, type Metrics } from "@touchline/service";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { nextStep, type Step } from "../payment/follow-up.ts";
import { mandateFact } from "../payment/read-facts.ts";
import type { Link } from "../payment/state.ts";
import { subscriptionsOn, usableMandate } from "../payment/status.ts";
import { createSteps, type StepsOptions } from "./steps.ts";

export interface FollowUpOptions extends StepsOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface FollowUp {
  /** Does at GoCardless what a link's events ask for, until nothing is left. Throws `Fault` when it must wait. */
  bringUpToDate(linkId: string, cause: Cause): Promise<"done" | "refused">;
  /** Whether something is to be done at GoCardless, as far as the link's own facts say. */
  due(link: Link): boolean;
  /** Asks GoCardless whether a fresh mandate can be used already. */
  checkMandate(linkId: string, mandateId: string, cause: Cause): Promise<void>;
}

/** Each step leads to an event, so a link that needs more than this is one whose steps lead nowhere. */
const MAX_STEPS = 8;

export const createFollowUp = (options: FollowUpOptions): FollowUp => {
  const { store, index, provider, seasons, log, metrics, runtime } = options;
  const { perform, cancelSubscription, record } = createSteps(options);
  const steps = metrics.counter("touchline_payment_follow_ups_total", "What was done at GoCardless for links.", [
    "step",
    "outcome",
  ]);

  const stepNow = (link: Link): Step | undefined =>
    nextStep({ tapped: false, collecting: seasons.collecting(link), inSeason: seasons.lasts(link) })(link);

  /** A process may have died between making a subscription and recording it: a closed link must not go on collecting. */
  const cancelUnrecorded = async (link: Link, cause: Cause): Promise<void> => {
    const mandateId = usableMandate(link);
    const recorded = subscriptionsOn(link, mandateId).some((s) => !s.withMandate);
    if (!link.closed || !mandateId || recorded || link.monthlyFeePence === 0) return;
    for (const id of await provider.runningSubscriptions(mandateId, link.registrationId, cause.traceparent)) {
      await cancelSubscription(link, id, cause);
    }
  };

  const bringUpToDate = async (linkId: string, cause: Cause): Promise<"done" | "refused"> => {
    for (let round = 0; round < MAX_STEPS; round++) {
      const { state: link } = await load(store, paymentAggregate, linkId);
      if (link.status === "none") return "done";
      const step = stepNow(link);
      if (!step) {
        await cancelUnrecorded(link, cause);
        return "done";
      }
      const outcome = await perform(link, step, cause);
      steps.inc({ step: step.do, outcome });
      if (outcome === "refused") return outcome;
      if (outcome === "nothing") return "done";
    }
    const about = logFields(index.link(linkId)?.registrationId, cause.traceparent);
    log.error(about, "a link's follow-up does not come to an end");
    return "done";
  };

  const checkMandate = async (linkId: string, mandateId: string, cause: Cause): Promise<void> => {
    const mandate = await provider.readMandate(mandateId, cause.traceparent);
    if (mandate?.state !== "usable") return;
    await record(linkId, mandateFact("MandateActivated", linkId, mandateId, mandate.action, runtime.now()), cause);
  };

  return { bringUpToDate, due: (link) => stepNow(link) !== undefined, checkMandate };
};
