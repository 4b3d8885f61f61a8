import { setTimeout as sleep } from "node:timers/promises";
import { Fault, type PaymentEvent } from "@touchline/contracts";
import { type EventStore, transact } from "@touchline/event-store";
import type { Logger } from "@touchline/service";
import { type PaymentProvider, purposes } from "../gocardless/provider.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import { factOf, type Target } from "./gocardless-effects.ts";
import type { ProviderEvent } from "./gocardless-events.ts";
import type { Ingest } from "./ingest.ts";
import { type Match, ownId } from "./match.ts";

interface ParkedState {
  readonly status: "none" | "parked" | "matched";
}

/** Streams `payment-EV…`: an event that could not be placed, until it is. */
const parkedAggregate = {
  category: "payment",
  initial: { status: "none" } as ParkedState,
  evolve: (state: ParkedState, { type }: PaymentEvent): ParkedState =>
    type === "ProviderEventParked"
      ? { status: "parked" }
      : type === "ProviderEventMatched"
        ? { status: "matched" }
        : state,
} as const;

/** Keeps an event. Resolves with whether it was new. */
export const parkEvent = async (
  store: EventStore,
  { id, ...event }: ProviderEvent,
  reason: "unknown_type" | "unmatched",
  now: Date,
): Promise<boolean> => {
  const decide = ({ status }: ParkedState): PaymentEvent[] =>
    status === "none"
      ? [
          {
            type: "ProviderEventParked",
            data: { ...event, links: { ...event.links }, providerEventId: id, reason, parkedAt: now.toISOString() },
          },
        ]
      : [];
  const cause = { service: "payment-link", id, claim: true };
  const { events } = await transact(store, parkedAggregate, streamIdOf(id), decide, cause);
  return events.length > 0;
};

/** Event ids are GoCardless's; one that is not `EV…` must not end up in a link's stream. */
const streamIdOf = (eventId: string): string => (eventId.startsWith("EV") ? eventId : `EV-${eventId}`);

export interface ParkedOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  readonly match: Match;
  readonly ingest: Ingest;
  readonly provider: PaymentProvider;
  readonly clock: () => Date;
}

/** After this GoCardless's event is not ours: it belongs to something else that the club does with its account. */
const GIVE_UP_MS = 35 * 86_400_000;
const AT_ONCE = 5_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 600_000;

interface Waiting {
  /** When the event store and GoCardless may be asked again about an event. Our own records are always asked. */
  readonly next: number;
  readonly ms: number;
  /** What GoCardless said. It does not change, and much of what is parked is none of ours: it is asked once. */
  readonly told?: Told | undefined;
}

/** Tries to place what is parked, each time it is called. Resolves with how many events found their link. */
export const createPlacer = (options: ParkedOptions): (() => Promise<number>) => {
  const { index, match, provider, clock } = options;
  let waits = new Map<string, Waiting>();

  const ownRecords = (event: ProviderEvent): Target | undefined => {
    const told = waits.get(event.id)?.told;
    return index.resource(ownId(event) ?? "") ?? (told && toldTarget(index, event, told));
  };

  const askAround = async (event: ProviderEvent, now: number): Promise<Target | undefined> => {
    const wait = waits.get(event.id);
    if (wait && wait.next > now) return undefined;
    const ms = wait ? Math.min(wait.ms * 2, LONGEST_WAIT_MS) : FIRST_WAIT_MS;
    waits.set(event.id, { ...wait, ms, next: now + ms });
    const target = await match(event);
    if (target || wait?.told) return target;
    const told = await ask(provider, event);
    waits.set(event.id, { ms, next: now + ms, told });
    return told && toldTarget(index, event, told);
  };

  return async () => {
    const now = clock().getTime();
    const parked = index.parked(AT_ONCE, new Date(now - GIVE_UP_MS));
    waits = new Map(parked.flatMap(({ id }) => (waits.has(id) ? [[id, waits.get(id) ?? { next: 0, ms: 0 }]] : [])));
    let placed = 0;
    let away: Fault | undefined;
    for (const event of parked) {
      if (now - Date.parse(event.occurredAt) > GIVE_UP_MS) continue;
      let target = ownRecords(event);
      if (!target && !away) {
        target = await askAround(event, now).catch((error: unknown) => {
          if (!(error instanceof Fault)) throw error;
          // The others are not asked about then, but may be known to our own records by now.
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

const place = async ({ store, ingest, clock }: ParkedOptions, event: ProviderEvent, target: Target): Promise<void> => {
  const fact = factOf(event, target, "webhook");
  if (fact) await ingest.facts(target.linkId, [fact]);
  const matched: PaymentEvent = {
    type: "ProviderEventMatched",
    data: { providerEventId: event.id, billingRequestId: target.linkId, matchedAt: clock().toISOString() },
  };
  const cause = { service: "payment-link", id: event.id };
  await transact(store, parkedAggregate, streamIdOf(event.id), (s) => (s.status === "parked" ? [matched] : []), cause);
};

/** What GoCardless says about a payment or mandate. */
interface Told {
  readonly subscriptionId?: string;
  readonly registrationId?: string;
  readonly purpose?: string;
}

/** What our records do not tell about a payment or mandate, GoCardless may. */
const ask = async (provider: PaymentProvider, { resourceType, links }: ProviderEvent): Promise<Told | undefined> => {
  if (resourceType === "payments" && links.payment) return provider.readPayment(links.payment);
  if (resourceType === "mandates" && links.mandate) return provider.readMandate(links.mandate);
  return undefined;
};

const toldTarget = (
  index: LinkIndex,
  { resourceType }: ProviderEvent,
  { subscriptionId, registrationId, purpose }: Told,
): Target | undefined => {
  const subscription = subscriptionId && index.resource(subscriptionId);
  if (subscription) return { linkId: subscription.linkId, kind: "monthly" };
  const linkId = registrationId && index.linkOfRegistration(registrationId);
  if (!linkId) return undefined;
  if (resourceType === "mandates") return { linkId, kind: "mandate" };
  return purpose === purposes.fee ? { linkId, kind: "fee" } : undefined;
};

interface KeepPlacingOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly everyMs: number;
  /** Calls back when something may have become placeable. */
  readonly onChange: (listener: () => void) => () => void;
}

/** Places parked events for as long as `signal` allows: now and then, and soon after a change. */
export const keepPlacing = async (placeParked: () => Promise<number>, options: KeepPlacingOptions): Promise<void> => {
  const { log, signal, everyMs, onChange } = options;
  let wake = new AbortController();
  const off = onChange(() => wake.abort());
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal: AbortSignal.any([signal, wake.signal]) }).catch(() => {});
    wake = new AbortController();
    // Lets what came together be recorded together.
    await sleep(250, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    await placeParked().catch((err: unknown) => log.warn({ err }, "parked events could not be placed"));
  }
  off();
};
