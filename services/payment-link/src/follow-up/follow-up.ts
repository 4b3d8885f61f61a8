import { type Cause, load } from "@touchline/event-store";
import { londonDay } from "@touchline/london";
import { type Logger, logFields, type Metrics } from "@touchline/service";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { dueSteps, nextStep, type Step } from "../payment/follow-up.ts";
import { mandateFact } from "../payment/read-facts.ts";
import type { Link } from "../payment/state.ts";
import { collectingNow, subscriptionsOn, usableMandate } from "../payment/status.ts";
import { wasAmended } from "../payment/terms.ts";
import type { StepsOptions } from "./options.ts";
import { createSteps } from "./steps.ts";

export interface FollowUpOptions extends StepsOptions {
  /** Since when events may be lost from the store; undefined outside of the window after a restore. */
  readonly lostSince: () => Promise<Date | undefined>;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface FollowUp {
  /** Does at GoCardless what a link's events ask for, until nothing is left. Throws `Fault` when it must wait. */
  bringUpToDate(linkId: string, cause: Cause): Promise<"done" | "refused">;
  /** Whether something is to be done at GoCardless, as far as the link's own facts say. */
  due(link: Link): boolean;
  /** Whether monthly fees would be collected, if only somebody configured the days of the season. */
  awaitsSeason(link: Link): boolean;
  /** Asks GoCardless whether a mandate can be used: a fresh one already, or one that was moved still. */
  checkMandate(linkId: string, mandateId: string, cause: Cause): Promise<void>;
}

/** Steps that follow from a payment that is not there. After a restore it may only be lost, and a payer who is removed stays so. */
const onAbsence: ReadonlySet<Step["do"]> = new Set(["miss_months", "remove_payers"]);

/** Each step leads to an event, so a link that needs more than this is one whose steps lead nowhere. */
const MAX_STEPS = 12;

export const createFollowUp = (options: FollowUpOptions): FollowUp => {
  const { store, index, provider, seasons, lostSince, log, metrics, runtime } = options;
  const { perform, cancelSubscription, record } = createSteps(options);
  const steps = metrics.counter("touchline_payment_follow_ups_total", "What was done at GoCardless for links.", [
    "step",
    "outcome",
  ]);

  const stepsNow = (link: Link): Step[] =>
    dueSteps({
      collecting: seasons.collecting(link),
      inSeason: seasons.days(link).length > 0,
      today: londonDay(runtime.now()),
    })(link);

  /** A process may have died between making a subscription and recording it, and by now nothing asks for that one. */
  const cancelUnrecorded = async (link: Link, cause: Cause): Promise<void> => {
    const mandateId = usableMandate(link);
    if (!mandateId || !mayHaveUnrecorded(link, mandateId)) return;
    // After a restore, what collects may be the one that was forgotten.
    if (!link.closed && (await lostSince())) return;
    for (const id of await provider.runningSubscriptions(mandateId, link.registrationId, cause.traceparent)) {
      if (!link.subscriptions.some((one) => one.id === id && !one.ended)) await cancelSubscription(link, id, cause);
    }
  };

  const bringUpToDate = async (linkId: string, cause: Cause): Promise<"done" | "refused"> => {
    const waiting = new Set<Step["do"]>();
    for (let round = 0; round < MAX_STEPS; round++) {
      const { state: link } = await load(store, paymentAggregate, linkId);
      if (link.status === "none") return "done";
      const step = stepsNow(link).find((one) => !waiting.has(one.do));
      if (!step) {
        await cancelUnrecorded(link, cause);
        return "done";
      }
      if (onAbsence.has(step.do) && (await lostSince())) {
        waiting.add(step.do);
        continue;
      }
      // Nobody could find it any more once its payer is gone.
      if (step.do === "remove_payers") await cancelUnrecorded(link, cause);
      const outcome = await perform(link, step, cause);
      steps.inc({ step: step.do, outcome });
      if (outcome === "refused") return outcome;
      if (outcome === "nothing") waiting.add(step.do);
    }
    const about = logFields(index.link(linkId)?.registrationId, cause.traceparent);
    log.error(about, "a link's follow-up does not come to an end");
    return "done";
  };

  const checkMandate = async (linkId: string, mandateId: string, cause: Cause): Promise<void> => {
    const mandate = await provider.readMandate(mandateId, cause.traceparent);
    if (!mandate || mandate.state === "pending") return;
    const type = mandate.state === "usable" ? "MandateActivated" : "MandateFailed";
    await record(linkId, [mandateFact(type, linkId, mandateId, mandate.action, runtime.now())], cause);
  };

  const awaitsSeason = (link: Link): boolean =>
    seasons.unconfigured(link) &&
    nextStep({ tapped: false, collecting: true, inSeason: true })(link)?.do === "subscribe";

  return { bringUpToDate, due: (link) => stepsNow(link).length > 0, awaitsSeason, checkMandate };
};

/** A closed link must not continue collecting; nor one that was amended, by another subscription than those that it knows. */
const mayHaveUnrecorded = (link: Link, mandateId: string): boolean => {
  if (wasAmended(link)) return link.closed || link.monthlyFeePence === 0 || collectingNow(link).length > 0;
  const recorded = subscriptionsOn(link, mandateId).some((s) => !s.withMandate);
  return link.closed && !recorded && link.monthlyFeePence > 0;
};
