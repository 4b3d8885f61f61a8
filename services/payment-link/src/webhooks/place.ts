import { Fault } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import type { Logger, Runtime } from "@touchline/service";
import { factOf } from "../gocardless/effects.ts";
import { subjectOf } from "../gocardless/subjects.ts";
import type { PaymentReport, ProviderEvent } from "../payment/provider.ts";
import type { Target } from "../payment/resources.ts";
import type { LinkIndex } from "../projections/link-index.ts";
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
const AT_ONCE = 5_000;
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

/** What a payment or mandate came from. */
type Origin = Pick<PaymentReport, "subscriptionId" | "registrationId" | "purpose"> & { readonly paymentId?: string };

/** Each call tries to place the parked events. Resolves with how many found their link. */
export const createPlacer = (options: PlacerOptions): (() => Promise<number>) => {
  const { index, match, provider, runtime } = options;
  let waits = new Map<string, Wait>();

  const fromOwnRecords = (event: ProviderEvent): Target | undefined => {
    const report = waits.get(thingOf(event))?.report;
    return index.resource(subjectOf(event)?.id ?? "") ?? (report && targetBy(index, event, report));
  };

  /** Asks the event store, then GoCardless, unless they were asked a moment ago. @throws Fault */
  const fromOthers = async (event: ProviderEvent, nowMs: number): Promise<Target | undefined> => {
    const thing = thingOf(event);
    const { misses, ...wait } = waits.get(thing) ?? { misses: 0, untilMs: nowMs, ms: FIRST_WAIT_MS / 2 };
    if (wait.untilMs > nowMs) return undefined;
    const ms = Math.min(wait.ms * 2, LONGEST_WAIT_MS);
    waits.set(thing, { ...wait, misses, ms, untilMs: nowMs + ms });
    const target = await match(event);
    if (target || wait.report || misses >= MISSES_MAX) return target;
    const report = await originOf(provider, event);
    waits.set(thing, { ms, untilMs: nowMs + ms, misses: misses + (report ? 0 : 1), report });
    return report && targetBy(index, event, report);
  };

  return async () => {
    const nowMs = runtime.now().getTime();
    const parked = index.parked(AT_ONCE, new Date(nowMs - GIVE_UP_MS));
    const still = new Set(parked.map(thingOf));
    waits = new Map([...waits].filter(([thing]) => still.has(thing)));
    let placed = 0;
    let away: Fault | undefined;
    for (const event of parked) {
      if (nowMs - Date.parse(event.occurredAt) > GIVE_UP_MS) continue;
      let target = fromOwnRecords(event);
      if (!target && !away) {
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
