import { Fault } from "@touchline/contracts";
import { type EventStore, transact } from "@touchline/event-store";
import { type Backoff, backoffMs, type Logger, logFields, type Metrics, type Runtime } from "@touchline/service";
import { paymentAggregate, recordFacts } from "../gocardless/payment-stream.ts";
import { type Fact, type FlowFacts, openLink, type PaymentDecision, recordFlow } from "../payment/decide.ts";
import type { Link } from "../payment/state.ts";
import { stopTexts } from "../payment/stop-texts.ts";
import type { LinkIndex } from "../projections/link-index.ts";

/** Writes what taps leave behind. It never makes a parent wait or a tap fail. */
export interface Records {
  /** Records what a tap found out. Resolves with the updated link; undefined if the event store is down. */
  learn(link: Link, fact: Fact, traceparent?: string): Promise<Link | undefined>;
  /** Records that the parent wants no more texts. Resolves with whether the event store took it. */
  stopTexts(link: Link, traceparent?: string): Promise<boolean>;
  flowCreated(link: Link, flow: FlowRecord, traceparent?: string): void;
  opened(link: Link, traceparent?: string): void;
  /** Waits for the writes in flight. */
  settled(): Promise<void>;
}

type FlowRecord = Omit<FlowFacts, "now" | "expiresAt"> & { readonly expiresAt?: string | undefined };

export interface RecordsOptions {
  readonly store: EventStore;
  readonly index: Pick<LinkIndex, "remember">;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly runtime: Pick<Runtime, "now" | "random" | "sleep">;
}

/** More than this are pending only if the event store has been away for a long time. Openings are not worth the memory. */
const MAX_PENDING = 1_000;
const TRIES = 8;
const RETRY: Backoff = { firstMs: 500, maxMs: 30_000 };

export const createRecords = (options: RecordsOptions): Records => {
  const { store, index, log, runtime } = options;
  const background = backgroundWrites(options);
  /** Links whose opening is being written, since several first taps are one opening. */
  const opening = new Set<string>();

  return {
    learn: async ({ id, registrationId: correlationId }, fact, traceparent) => {
      try {
        const cause = { service: "payment-link", correlationId, traceparent };
        const decide = recordFacts([fact], runtime.now());
        const { state, events } = await transact(store, paymentAggregate, id, decide, cause);
        index.remember(id, events);
        return state.status === "known" ? state : undefined;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        const about = { ...logFields(correlationId, traceparent), err: error };
        log.warn(about, "could not record what a tap found out; a webhook or a poll will bring it");
        return undefined;
      }
    },
    stopTexts: async ({ id, registrationId: correlationId }, traceparent) => {
      try {
        const cause = { service: "payment-link", correlationId, traceparent };
        await transact(store, paymentAggregate, id, stopTexts(runtime.now()), cause);
        return true;
      } catch (err) {
        if (!(err instanceof Fault)) throw err;
        log.warn(
          { ...logFields(correlationId, traceparent), err },
          "could not record that a parent wants no more texts",
        );
        return false;
      }
    },
    flowCreated: (link, { expiresAt, ...flow }, traceparent) =>
      background.write(link, recordFlow({ ...flow, ...(expiresAt && { expiresAt }), now: runtime.now() }), traceparent),
    opened: (link, traceparent) => {
      if (opening.has(link.id)) return;
      opening.add(link.id);
      background.write(link, openLink(runtime.now()), traceparent, () => opening.delete(link.id));
    },
    settled: background.settled,
  };
};

/** Writes in the background, and retries while the event store is down. */
const backgroundWrites = ({ store, log, metrics, signal, runtime }: RecordsOptions) => {
  const lost = metrics.counter(
    "touchline_payment_link_records_lost_total",
    "Openings and pages that could not be recorded.",
  );
  const pending = new Set<Promise<void>>();

  const retrying = async (link: Link, decide: PaymentDecision, traceparent: string | undefined): Promise<void> => {
    const cause = { service: "payment-link", correlationId: link.registrationId, traceparent };
    for (let tries = 1; ; tries++) {
      try {
        await transact(store, paymentAggregate, link.id, decide, cause);
        return;
      } catch (error) {
        if (!(error instanceof Fault) || tries >= TRIES || signal.aborted) throw error;
        await runtime.sleep(backoffMs(tries, RETRY, runtime.random), signal);
      }
    }
  };

  const write = (link: Link, decide: PaymentDecision, traceparent: string | undefined, afterwards = () => {}): void => {
    if (pending.size >= MAX_PENDING) {
      lost.inc();
      afterwards();
      return;
    }
    const work = retrying(link, decide, traceparent)
      .catch((err: unknown) => {
        lost.inc();
        log.warn({ ...logFields(link.registrationId, traceparent), err }, "a tap could not be recorded");
      })
      .finally(() => {
        pending.delete(work);
        afterwards();
      });
    pending.add(work);
  };

  return { write, settled: async () => void (await Promise.allSettled(pending)) };
};
