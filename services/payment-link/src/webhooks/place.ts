import { Fault } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { atMost, type Logger, type Runtime } from "@touchline/service";
import { LRUCache } from "lru-cache";
import { factOf } from "../gocardless/effects.ts";
import { subjectOf } from "../gocardless/subjects.ts";
import type { PaymentReport, ProviderEvent } from "../payment/provider.ts";
import type { Target } from "../payment/resources.ts";
import type { LinkIndex, Parked } from "../projections/link-index.ts";
import type { Ingest } from "./ingest.ts";
import type { Match } from "./match.ts";
import { unparkEvent } from "./parked.ts";

type PlacerIndex = Pick<LinkIndex, "parked" | "resource" | "linkOfRegistration">;

export interface PlacerOptions {
  readonly store: EventStore;
  readonly index: PlacerIndex;
  readonly match: Match;
  readonly ingest: Pick<Ingest, "facts">;
  readonly provider: Readonly<
    Record<"readPayment" | "readMandate" | "readRefund", (id: string) => Promise<Origin | undefined>>
  >;
  readonly runtime: Pick<Runtime, "now">;
}

/** After this time a parked event is not ours: it is about something else in the club's account. */
const GIVE_UP_MS = 35 * 86_400_000;
/** How many of the newest events each call looks at, and how many of the others. */
const NEWEST = 1_000;
const OTHERS = 4_000;
/** How many times each call may ask GoCardless, which taps need too. */
const ASKED_AT_ONCE = 200;
/** About how many things we remember that GoCardless was asked. */
const MAX_WAITS = 50_000;
/** After this many "not found" answers, GoCardless is not asked again. */
const MISSES_MAX = 8;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 600_000;

interface Wait {
  /** When the event store and GoCardless may be asked again about a thing. Our own index is always asked. */
  readonly untilMs: number;
  readonly ms: number;
  /** How often GoCardless answered "not found". */
  readonly misses: number;
  /** GoCardless's answer, asked for once: it does not change, and most parked events are not ours. */
  readonly report?: Origin | undefined;
}

const unasked: Wait = { untilMs: 0, ms: FIRST_WAIT_MS / 2, misses: 0 };

/** Whether GoCardless has said all that it will about a thing. */
const isAnswered = ({ report, misses }: Wait): boolean => report !== undefined || misses >= MISSES_MAX;

/** What a payment or mandate came from. */
type Origin = Pick<PaymentReport, "subscriptionId" | "registrationId" | "purpose"> & { readonly paymentId?: string };

/** Each call tries to place the parked events. Resolves with how many found their link. */
export const createPlacer = (options: PlacerOptions): (() => Promise<number>) => {
  const { index, match, provider, runtime } = options;
  const waits = new LRUCache<string, Wait>(atMost(MAX_WAITS));
  const nextParked = rounds(index);

  const waitOf = (event: ProviderEvent): Wait => waits.get(thingOf(event)) ?? unasked;

  const fromOwnRecords = (event: ProviderEvent): Target | undefined => {
    const { report } = waitOf(event);
    return index.resource(subjectOf(event)?.id ?? "") ?? (report && targetBy(index, event, report));
  };

  /** Asks the event store, then GoCardless. @throws Fault */
  const fromOthers = async (event: ProviderEvent, nowMs: number): Promise<Target | undefined> => {
    const thing = thingOf(event);
    const before = waitOf(event);
    const { misses } = before;
    const ms = Math.min(before.ms * 2, LONGEST_WAIT_MS);
    waits.set(thing, { ...before, ms, untilMs: nowMs + ms });
    const target = await match(event);
    if (target || isAnswered(before)) return target;
    const report = await originOf(provider, event);
    waits.set(thing, { ms, untilMs: nowMs + ms, misses: misses + (report ? 0 : 1), report });
    return report && targetBy(index, event, report);
  };

  return async () => {
    const nowMs = runtime.now().getTime();
    let placed = 0;
    let asks = ASKED_AT_ONCE;
    let away: Fault | undefined;
    for (const event of nextParked(new Date(nowMs - GIVE_UP_MS))) {
      if (nowMs - Date.parse(event.occurredAt) > GIVE_UP_MS) continue;
      let target = fromOwnRecords(event);
      const wait = waitOf(event);
      if (!target && !away && wait.untilMs <= nowMs && (isAnswered(wait) || asks-- > 0)) {
        target = await fromOthers(event, nowMs).catch((error: unknown) => {
          if (!(error instanceof Fault)) throw error;
          // We stop asking about the others, but our own index may know them by now.
          away = error;
          return undefined;
        });
      }
      if (!target) continue;
      await place(options, event, target);
      placed++;
    }
    if (away) throw away;
    return placed;
  };
};

/**
 * Each call gives the newest events, which are the likeliest to find their link, and the next of the others. So all have their turn,
 * however many are about something else in the club's account.
 */
const rounds = (index: PlacerIndex): ((since: Date) => Iterable<ProviderEvent>) => {
  let reached: Parked | undefined;
  return (since) => {
    const newest = index.parked(NEWEST, since);
    const others = newest.length < NEWEST ? [] : index.parked(OTHERS, since, reached ?? newest.at(-1));
    reached = others.length < OTHERS ? undefined : others.at(-1);
    // Oldest first, since an event may name what the next one is about. An event may be on both pages.
    const pages = [...newest.toReversed(), ...others.toReversed()];
    return new Map(pages.map(({ event }) => [event.id, event])).values();
  };
};

/** Several events may be about one thing. */
const thingOf = (event: ProviderEvent): string => subjectOf(event)?.id ?? event.id;

const place = async (
  { store, ingest, runtime }: PlacerOptions,
  event: ProviderEvent,
  target: Target,
): Promise<void> => {
  const fact = factOf(event, target, "webhook");
  if (fact) await ingest.facts(target.linkId, [fact]);
  await unparkEvent(store, event.id, target.linkId, runtime.now());
};

/** Asks GoCardless where a payment, mandate or refund came from. */
const originOf = async (provider: PlacerOptions["provider"], event: ProviderEvent): Promise<Origin | undefined> => {
  const subject = subjectOf(event);
  if (subject?.kind === "payment") return provider.readPayment(subject.id);
  if (subject?.kind === "mandate") return provider.readMandate(subject.id);
  if (subject?.kind === "refund") return provider.readRefund(subject.id);
  return undefined;
};

const targetBy = (
  index: PlacerIndex,
  event: ProviderEvent,
  { subscriptionId, paymentId, registrationId, purpose }: Origin,
): Target | undefined => {
  const subscription = subscriptionId && index.resource(subscriptionId);
  if (subscription) return { linkId: subscription.linkId, kind: "monthly" };
  const payment = paymentId && index.resource(paymentId);
  if (payment) return { linkId: payment.linkId, kind: "refund" };
  const linkId = registrationId && index.linkOfRegistration(registrationId);
  if (!linkId) return undefined;
  if (subjectOf(event)?.kind === "refund") return { linkId, kind: "refund" };
  if (subjectOf(event)?.kind === "mandate") return { linkId, kind: "mandate" };
  return purpose === "fee" || purpose === "missed" ? { linkId, kind: "fee" } : undefined;
};

interface KeepPlacingOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly runtime: Pick<Runtime, "sleep">;
  readonly everyMs: number;
  /** Calls its listener when something may have become placeable. */
  readonly onChange: (listener: () => void) => () => void;
}

/** Waits for related events to arrive. */
const GATHER_MS = 250;

/** Places parked events until `signal` aborts: now and then, and soon after a change. */
export const keepPlacing = async (placeParked: () => Promise<number>, options: KeepPlacingOptions): Promise<void> => {
  const { log, signal, runtime, everyMs, onChange } = options;
  let wake = new AbortController();
  const off = onChange(() => wake.abort());
  while (!signal.aborted) {
    await runtime.sleep(everyMs, AbortSignal.any([signal, wake.signal]), { guard: true });
    wake = new AbortController();
    await runtime.sleep(GATHER_MS, signal);
    if (signal.aborted) break;
    await placeParked().catch((err: unknown) => log.warn({ err }, "could not place parked events; trying again"));
  }
  off();
};
