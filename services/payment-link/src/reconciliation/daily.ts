import { Fault } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { londonDay, londonInstant } from "@touchline/london";
import type { Logger, Metrics, Runtime } from "@touchline/service";
import { lastReport, type ReconciliationReport } from "./reconcile.ts";

export interface DailyOptions {
  readonly store: EventStore;
  readonly reconcile: () => Promise<ReconciliationReport>;
  /** In London. */
  readonly hour: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly runtime: Pick<Runtime, "now" | "random" | "sleep">;
}

/** How often to check whether a report is due or an operator has made one. */
const LOOK_MS = 20_000;
/** After a failure. A report that an operator makes meanwhile is shown all the same. */
const AWAY_MS = 600_000;

/** When the last report should have started. */
const dueAt = (now: Date, hour: number): Date => {
  const today = londonInstant(londonDay(now), hour);
  const yesterday = new Date(now.getTime() - DAY_MS);
  return today <= now ? today : londonInstant(londonDay(yesterday), hour);
};
const DAY_MS = 86_400_000;

/** Reconciles each day until the signal aborts, and makes up for a missed day. */
export const keepReconciling = async (options: DailyOptions): Promise<void> => {
  const { store, reconcile, hour, log, signal, runtime } = options;
  const show = reportGauges(options.metrics);
  const isDue = (report: ReconciliationReport | undefined): boolean =>
    !report || new Date(report.startedAt) < dueAt(runtime.now(), hour);
  const compare = async (): Promise<ReconciliationReport> => {
    const report = await reconcile();
    const { unexplainedPence, unexplained, repaired } = report;
    const said = unexplained > 0 ? log.error.bind(log) : log.info.bind(log);
    said({ unexplainedPence, unexplained, repaired }, "compared GoCardless's books with the events");
    return report;
  };
  let retryAt = 0;
  while (!signal.aborted) {
    const mayTry = runtime.now().getTime() >= retryAt;
    try {
      const last = await lastReport(store);
      const report = mayTry && isDue(last) ? await compare() : last;
      if (report) show(report);
    } catch (err) {
      if (signal.aborted) return;
      // Parents must be able to pay whatever is wrong here.
      const say = err instanceof Fault ? log.warn.bind(log) : log.error.bind(log);
      if (mayTry) say({ err }, "could not compare GoCardless's books with the events");
      if (mayTry) retryAt = runtime.now().getTime() + AWAY_MS;
    }
    // Random, so that of two instances one sees that the other was first.
    await runtime.sleep(LOOK_MS * (0.5 + runtime.random()), signal, { guard: true });
  }
};

const reportGauges = (metrics: Metrics) => {
  const pence = metrics.gauge(
    "touchline_reconciliation_unexplained_pence",
    "Difference between GoCardless's books and the events at the last reconciliation, in pence.",
  );
  const finished = metrics.gauge(
    "touchline_reconciliation_finished_seconds",
    "When the last reconciliation ended, in Unix time.",
  );
  return ({ unexplainedPence, finishedAt }: ReconciliationReport): void => {
    pence.set(unexplainedPence);
    finished.set(Date.parse(finishedAt) / 1_000);
  };
};
