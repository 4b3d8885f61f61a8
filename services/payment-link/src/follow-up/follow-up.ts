import { Fault } from "@touchline/contracts";
import { type Cause, load } from "@touchline/event-store";
import { londonDay } from "@touchline/london";
import { type Logger, logFields, type Metrics } from "@touchline/service";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { dueSteps, nextStep, type Step } from "../payment/follow-up.ts";
import { mandateFacts } from "../payment/read-facts.ts";
import type { Link } from "../payment/state.ts";
import { collectingNow, subscriptionsOn, usableMandate } from "../payment/status.ts";
import { wasAmended } from "../payment/terms.ts";
import type { StepsOptions } from "./options.ts";
import { createSteps } from "./steps.ts";

export interface FollowUpOptions extends StepsOptions {
  /** Since when events may be missing from the store; undefined outside the window after a restore. */
  readonly lostSince: () => Promise<Date | undefined>;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface FollowUp {
  /** Does at GoCardless what a link's events ask for, until nothing is left. @throws Fault if it must wait */
  bringUpToDate(linkId: string, cause: Cause): Promise<"done" | "refused">;
  /** Whether the link's own facts ask for something at GoCardless. */
  due(link: Link): boolean;
  /** Whether monthly fees would be collected if the season's days were configured. */
  awaitsSeason(link: Link): boolean;
  /** Asks GoCardless whether a mandate can be used: a new one already, or a moved one still. */
  checkMandate(linkId: string, mandateId: string, cause: Cause): Promise<void>;
}

/**
 * Steps that follow from a missing payment. After a restore it may only be missing from the store, and removing a payer cannot be
 * undone.
 */
const onAbsence: ReadonlySet<Step["do"]> = new Set(["miss_months", "remove_payers"]);

/** Each step leads to an event. A link that needs more steps than this is going round in circles. */
const MAX_STEPS = 12;

export const createFollowUp = (options: FollowUpOptions): FollowUp => {
  const { store, index, provider, seasons, lostSince, log, metrics, runtime } = options;
  const { perform, cancelSubscription, record } = createSteps(options);
  const steps = metrics.counter("touchline_payment_follow_ups_total", "Steps done at GoCardless for links.", [
    "step",
    "outcome",
  ]);

  const stepsNow = (link: Link): Step[] =>
    dueSteps({
      collecting: seasons.collecting(link),
      inSeason: seasons.days(link).length > 0,
      today: londonDay(runtime.now()),
    })(link);

  /** A process may have died between creating a subscription and recording it, and nothing asks for it any more. */
  const cancelUnrecorded = async (link: Link, cause: Cause): Promise<void> => {
    const mandateId = usableMandate(link);
    if (!mandateId || !mayHaveUnrecorded(link, mandateId)) return;
    // After a restore, it may be the one that should collect: only its event is missing.
    if (!link.closed && (await lostSince())) return;
    for (const id of await provider.runningSubscriptions(mandateId, link.registrationId, cause.traceparent)) {
      if (!link.subscriptions.some((one) => one.id === id && !one.ended)) await cancelSubscription(link, id, cause);
    }
  };

  const bringUpToDate = async (linkId: string, cause: Cause): Promise<"done" | "refused"> => {
    const waiting = new Set<Step["do"]>();
    let ending: "done" | "refused" = "done";
    let fault: Fault | undefined;
    for (let round = 0; round < MAX_STEPS; round++) {
      const { state: link } = await load(store, paymentAggregate, linkId);
      if (link.status === "none") return "done";
      const step = stepsNow(link).find((one) => !waiting.has(one.do));
      if (!step) {
        // One whose creation was not answered will be recorded; a closed link creates none.
        if (!fault || link.closed) await cancelUnrecorded(link, cause);
        if (fault) throw fault;
        return ending;
      }
      if (onAbsence.has(step.do) && (await lostSince())) {
        waiting.add(step.do);
        continue;
      }
      // Once its payer is gone, it cannot be found.
      if (step.do === "remove_payers") await cancelUnrecorded(link, cause);
      const outcome = await orFault(perform(link, step, cause));
      if (outcome instanceof Fault) fault ??= outcome;
      steps.inc({ step: step.do, outcome: outcome instanceof Fault ? "fault" : outcome });
      if (outcome === "refused") ending = outcome;
      // A step that has to wait holds up no other.
      if (outcome !== "done" && outcome !== "declined") waiting.add(step.do);
    }
    const about = logFields(index.link(linkId)?.registrationId, cause.traceparent);
    log.error(about, "a link's follow-up took too many steps and was stopped");
    return ending;
  };

  const checkMandate = async (linkId: string, mandateId: string, cause: Cause): Promise<void> => {
    const askedAt = runtime.now();
    const mandate = await provider.readMandate(mandateId, cause.traceparent);
    if (mandate) await record(linkId, mandateFacts(linkId, mandateId, mandate, askedAt), cause);
  };

  const awaitsSeason = (link: Link): boolean =>
    seasons.unconfigured(link) &&
    nextStep({ tapped: false, collecting: true, inSeason: true })(link)?.do === "subscribe";

  return { bringUpToDate, due: (link) => stepsNow(link).length > 0, awaitsSeason, checkMandate };
};

const orFault = <T>(answer: Promise<T>): Promise<T | Fault> =>
  answer.catch((error: unknown) => {
    if (error instanceof Fault) return error;
    throw error;
  });

/** A closed link must not go on collecting, and an amended one must collect only by the subscriptions that it knows. */
const mayHaveUnrecorded = (link: Link, mandateId: string): boolean => {
  if (wasAmended(link)) return link.closed || link.monthlyFeePence === 0 || collectingNow(link).length > 0;
  const recorded = subscriptionsOn(link, mandateId).some((s) => !s.withMandate);
  return link.closed && !recorded && link.monthlyFeePence > 0;
};
