import { Fault } from "@touchline/contracts";
import { type Cause, type EventStore, load, transact } from "@touchline/event-store";
import { aboutStory, type Logger, type Metrics } from "@touchline/service";
import { isRefusal, type PaymentProvider } from "../gocardless/provider.ts";
import { type Fact, recordFacts, recordSubscription, refuseSubscription } from "../payment/decide.ts";
import { nextStep, type Step } from "../payment/follow-up.ts";
import { paymentStatus, subscriptionsOn, usableMandate } from "../payment/standing.ts";
import { type Link, paymentAggregate } from "../payment/state.ts";
import { type Day, planSubscription, type Season, seasonOf } from "../payment/subscription.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import { fulfilledFact } from "../tokens/create-token.ts";
import type { AskAgain } from "./ask-again.ts";

export interface FollowUpOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  readonly provider: PaymentProvider;
  readonly askAgain: AskAgain;
  readonly collecting: (link: Link) => boolean;
  readonly seasonNow: (link: Link) => Season;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => Date;
}

export interface FollowUp {
  /** Does at GoCardless what a link's events ask for, until nothing is left. Throws `Fault` when it must wait. */
  bringUpToDate(linkId: string, cause: Cause): Promise<"done" | "refused">;
  /** Whether something is to be done at GoCardless, as far as the link tells. */
  due(link: Link): boolean;
  /** Learns from GoCardless whether a fresh mandate can be used already. */
  checkMandate(linkId: string, mandateId: string, cause: Cause): Promise<void>;
}

/** Each step leads to an event, so a link that needs more is one whose steps lead nowhere. */
const MAX_STEPS = 8;

const londonDay = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/London" });
const HOUR_MS = 3_600_000;
const HOURS_KEPT = 10_000;
const daysOfHours = new Map<number, Day>();

/** The calendar day where the club is. London is whole hours from UTC: all instants of an hour have the day of the first asked for. */
export const dayOf = (at: Date): Day => {
  const hour = Math.floor(at.getTime() / HOUR_MS);
  const known = daysOfHours.get(hour);
  if (known) return known;
  const day = londonDay.format(at);
  if (daysOfHours.size >= HOURS_KEPT) daysOfHours.clear();
  daysOfHours.set(hour, day);
  return day;
};

/** When the monthly fees of a link's registration are collected, as it looks today. */
export const seasonsBy =
  (configured: Partial<Season>, clock: () => Date) =>
  ({ season: code, createdAt }: Link): Season =>
    seasonOf({ code, registered: dayOf(new Date(createdAt)), today: dayOf(clock()), configured });

export const createFollowUp = (options: FollowUpOptions): FollowUp => {
  const { store, index, provider, askAgain, collecting, seasonNow, log, metrics, clock } = options;
  const steps = metrics.counter("touchline_payment_follow_ups_total", "What was done at GoCardless for links.", [
    "step",
    "outcome",
  ]);

  const stepNow = (link: Link): Step | undefined => {
    const inSeason = dayOf(clock()) <= seasonNow(link).end;
    return nextStep({ tapped: false, collecting: collecting(link), inSeason })(link);
  };

  const record = async (linkId: string, facts: readonly Fact[], cause: Cause) => {
    const { events } = await transact(store, paymentAggregate, linkId, recordFacts(facts, clock()), cause);
    index.remember(linkId, events);
  };

  const cancelRequest = async (link: Link, requestId: string, cause: Cause): Promise<boolean> => {
    const gone = await provider.cancelRequest(requestId, cause.traceparent);
    const request = gone ? undefined : await provider.readRequest(requestId, cause.traceparent);
    const now = clock();
    if (request?.status === "fulfilled") {
      await record(link.id, [fulfilledFact(link.id, request, now)], cause);
      return true;
    }
    // Being fulfilled just now: the webhook will tell how it ended.
    if (request?.status === "fulfilling") return false;
    if (request && request.status !== "cancelled") {
      throw new Fault("provider_unavailable", { detail: "(a billing request was not cancelled, though it could be)" });
    }
    await record(link.id, [cancelledFact(link.id, requestId, now)], cause);
    return true;
  };

  const cancelSubscription = async (link: Link, subscriptionId: string, cause: Cause): Promise<boolean> => {
    await provider.cancelSubscription(subscriptionId, cause.traceparent);
    const data = { billingRequestId: link.id, subscriptionId, occurredAt: clock().toISOString() };
    await record(link.id, [{ type: "SubscriptionEnded", data: { ...data, via: "read", action: "cancelled" } }], cause);
    return true;
  };

  /** Whoever made a subscription may have died before recording it: a link that is closed must not go on collecting. */
  const cancelUnrecorded = async (link: Link, cause: Cause): Promise<void> => {
    const mandateId = usableMandate(link);
    const recorded = subscriptionsOn(link, mandateId).some((s) => !s.withMandate);
    if (!link.closed || !mandateId || recorded || link.monthlyFeePence === 0) return;
    for (const id of await provider.runningSubscriptions(mandateId, link.registrationId, cause.traceparent)) {
      await cancelSubscription(link, id, cause);
    }
  };

  const subscribe = async (
    link: Link,
    mandateId: string,
    count: number,
    cause: Cause,
  ): Promise<boolean | "refused"> => {
    const mandate = await provider.readMandate(mandateId, cause.traceparent);
    const now = clock();
    if (!mandate || endedMandates.has(mandate.status)) {
      await record(
        link.id,
        [mandateFact("MandateFailed", link.id, mandateId, mandate?.status ?? "unknown", now)],
        cause,
      );
      return true;
    }
    const plan = planSubscription({
      today: dayOf(now),
      paid: dayOf(new Date(paymentStatus(link).since)),
      preferredDay: link.preferredPaymentDay,
      season: seasonNow(link),
      nextPossibleChargeDate: mandate.nextPossibleChargeDate,
    });
    if (!plan) return false;
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
    return true;
  };

  /** True when the link has changed, so that it is worth looking again. */
  const perform = async (link: Link, step: Step, cause: Cause): Promise<boolean | "refused"> => {
    switch (step.do) {
      case "cancel_request":
        return cancelRequest(link, step.requestId, cause);
      case "cancel_subscription":
        return cancelSubscription(link, step.subscriptionId, cause);
      case "ask_again":
        return (await askAgain(link, cause)).requests.length > link.requests.length || "refused";
      case "subscribe":
        return subscribe(link, step.mandateId, step.count, cause);
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
      const changed = await perform(link, step, cause);
      steps.inc({ step: step.do, outcome: changed === "refused" ? changed : changed ? "done" : "nothing" });
      if (changed === "refused") return changed;
      if (!changed) return "done";
    }
    const about = aboutStory(index.link(linkId)?.registrationId, cause.traceparent);
    log.error(about, "a link's follow-up does not come to an end");
    return "done";
  };

  const checkMandate = async (linkId: string, mandateId: string, cause: Cause): Promise<void> => {
    const mandate = await provider.readMandate(mandateId, cause.traceparent);
    if (mandate?.status !== "active") return;
    await record(linkId, [mandateFact("MandateActivated", linkId, mandateId, "active", clock())], cause);
  };

  return { bringUpToDate, due: (link) => stepNow(link) !== undefined, checkMandate };
};

const endedMandates = new Set(["failed", "cancelled", "expired", "consumed", "blocked", "suspended_by_payer"]);

const mandateFact = (
  type: "MandateActivated" | "MandateFailed",
  billingRequestId: string,
  mandateId: string,
  action: string,
  now: Date,
): Fact => ({ type, data: { billingRequestId, mandateId, action, via: "read", occurredAt: now.toISOString() } });

const cancelledFact = (billingRequestId: string, requestId: string, now: Date): Fact => ({
  type: "PaymentTokenCancelled",
  data: { billingRequestId, requestId, by: "us", via: "read", action: "cancelled", occurredAt: now.toISOString() },
});
