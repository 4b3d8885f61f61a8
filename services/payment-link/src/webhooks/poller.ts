import type { Logger, Metrics, Runtime } from "@touchline/service";
import { decodeProviderEvent, timeOf } from "../gocardless/events.ts";
import type { PaymentProvider } from "../payment/provider.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Ingest } from "./ingest.ts";

export interface PollerOptions {
  readonly provider: PaymentProvider;
  readonly ingest: Ingest;
  readonly checkpoint: Checkpoint;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly everyMs: number;
  readonly runtime: Pick<Runtime, "now" | "random" | "sleep">;
}

/** GoCardless may list an event a little after its time. */
const OVERLAP_MS = 10 * 60_000;
const CHUNK = 250;

export interface Poller {
  /** Reads what is new since the checkpoint. */
  once(): Promise<void>;
  /** Polls until the signal aborts. */
  run(): Promise<void>;
}

/** Polls GoCardless's events, so that those without a webhook are recorded too. */
export const createPoller = (options: PollerOptions): Poller => {
  const { provider, ingest, checkpoint, log, metrics, signal, everyMs, runtime } = options;
  const lastWalk = metrics.gauge(
    "touchline_gocardless_events_walked_seconds",
    "When the last poll of GoCardless's events ended, in Unix time.",
  );
  // Because of the overlap, each poll sees some events again.
  let walked = new Set<string>();
  // The webhook of a very recent event may still be on its way, so the next poll takes it.
  const graceMs = Math.min(10_000, everyMs / 2);

  const once = async (): Promise<void> => {
    const since = checkpoint.read();
    const started = runtime.now();
    const fresh: unknown[] = [];
    const met = new Set<string>();
    let newest = since.getTime();
    for await (const page of provider.events(new Date(since.getTime() - OVERLAP_MS), signal)) {
      for (const raw of page) {
        const event = decodeProviderEvent(raw, started);
        if (!event) continue;
        // An event without a time says nothing about how far we have read, and would always look recent.
        const atMs = timeOf(raw)?.getTime() ?? Number.NEGATIVE_INFINITY;
        const ageMs = started.getTime() - atMs;
        if (ageMs >= 0 && ageMs < graceMs) continue;
        met.add(event.id);
        newest = Math.max(newest, atMs);
        if (!walked.has(event.id)) fresh.push(raw);
      }
    }
    if (signal.aborted) return;
    // GoCardless lists the newest first.
    fresh.reverse();
    for (let i = 0; i < fresh.length; i += CHUNK) {
      await ingest.batch(fresh.slice(i, i + CHUNK), "poll");
    }
    walked = met;
    checkpoint.write(new Date(Math.min(newest, started.getTime())));
    lastWalk.set(runtime.now().getTime() / 1_000);
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await once().catch((err: unknown) => log.warn({ err }, "could not poll GoCardless's events; trying again"));
      await runtime.sleep(everyMs * (0.9 + runtime.random() / 5), signal, { guard: true });
    }
  };

  return { once, run };
};
