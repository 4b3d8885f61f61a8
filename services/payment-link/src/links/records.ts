import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "@touchline/contracts";
import { type EventStore, transact } from "@touchline/event-store";
import { aboutStory, type Logger, type Metrics } from "@touchline/service";
import { type Decision, type Fact, type FlowFacts, openLink, recordFacts, recordFlow } from "../payment/decide.ts";
import { type Link, paymentAggregate } from "../payment/state.ts";
import type { LinkIndex } from "../projections/link-index.ts";

/** What taps leave behind. A parent never waits for it, and never fails because of it. */
export interface Records {
  /** Records what a tap found out. Resolves with the link as it is then; undefined when the event store is away. */
  learn(linkId: string, fact: Fact, traceparent?: string): Promise<Link | undefined>;
  flowCreated(link: Link, flow: FlowRecord, traceparent?: string): void;
  opened(link: Link, traceparent?: string): void;
  /** Waits for what is being written. */
  settled(): Promise<void>;
}

type FlowRecord = Omit<FlowFacts, "now" | "expiresAt"> & { readonly expiresAt?: string | undefined };

export interface RecordsOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly clock: () => Date;
}

/** Beyond this the event store has been away for long, and who opened what is not worth the memory. */
const MAX_WAITING = 1_000;
const TRIES = 8;

export const createRecords = ({ store, index, log, metrics, signal, clock }: RecordsOptions): Records => {
  const lost = metrics.counter(
    "touchline_payment_link_records_lost_total",
    "Openings and pages that could not be recorded.",
  );
  const writing = new Set<Promise<void>>();
  /** Openings on their way: a link's first ten taps are one opening. */
  const opening = new Set<string>();

  const write = async (link: Link, decide: Decision, traceparent: string | undefined): Promise<void> => {
    const cause = { service: "payment-link", correlationId: link.registrationId, traceparent };
    for (let tries = 1; ; tries++) {
      try {
        await transact(store, paymentAggregate, link.id, decide, cause);
        return;
      } catch (error) {
        if (!(error instanceof Fault) || tries >= TRIES || signal.aborted) throw error;
        await sleep(Math.min(250 * 2 ** tries, 30_000), undefined, { signal }).catch(() => {});
      }
    }
  };

  const later = (link: Link, decide: Decision, traceparent: string | undefined, done = () => {}) => {
    if (writing.size >= MAX_WAITING) return lost.inc();
    const work = write(link, decide, traceparent)
      .catch((err: unknown) => {
        lost.inc();
        log.warn({ ...aboutStory(link.registrationId, traceparent), err }, "a tap could not be recorded");
      })
      .finally(() => {
        writing.delete(work);
        done();
      });
    writing.add(work);
  };

  return {
    learn: async (linkId, fact, traceparent) => {
      const correlationId = index.link(linkId)?.registrationId;
      try {
        const cause = { service: "payment-link", correlationId, traceparent };
        const { state, events } = await transact(store, paymentAggregate, linkId, recordFacts([fact], clock()), cause);
        index.remember(linkId, events);
        return state.status === "known" ? state : undefined;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        const about = { ...aboutStory(correlationId, traceparent), err: error };
        log.warn(about, "what a tap found out could not be recorded; webhook or poller will bring it");
        return undefined;
      }
    },
    flowCreated: (link, { expiresAt, ...flow }, traceparent) =>
      later(link, recordFlow({ ...flow, ...(expiresAt && { expiresAt }), now: clock() }), traceparent),
    opened: (link, traceparent) => {
      if (opening.has(link.id)) return;
      opening.add(link.id);
      later(link, openLink(clock()), traceparent, () => opening.delete(link.id));
    },
    settled: async () => void (await Promise.allSettled(writing)),
  };
};
