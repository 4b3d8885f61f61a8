import { Fault } from "@touchline/contracts";
import { backoffMs, type Logger, logFields, type Runtime } from "@touchline/service";
import type { Link } from "../payment/state.ts";
import type { FollowUp } from "./follow-up.ts";

export interface SweepOptions {
  /** All links, a page at a time. */
  readonly links: () => Iterable<readonly Link[]>;
  readonly followUp: Pick<FollowUp, "due" | "bringUpToDate" | "awaitsSeason">;
  /** How many families have paid for a season whose days are not configured. */
  readonly onAwaitingSeason: (families: number) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly runtime: Pick<Runtime, "random" | "sleep">;
  readonly everyMs: number;
}

/** After this many faults in a row, the sweep pauses. */
const FAULTS_WHEN_AWAY = 3;
const AWAY_MS = 60_000;

/**
 * Looks at all links now and then until `signal` aborts. Most work follows from an event, but some follows from the calendar, a
 * changed setting, or a refusal whose cause was fixed.
 */
export const keepSweeping = async (options: SweepOptions): Promise<void> => {
  const { log, signal, runtime, everyMs } = options;
  for (let failures = 0; !signal.aborted; ) {
    const whole = await sweep(options).catch((err: unknown) => {
      if (!(err instanceof Fault)) throw err;
      log.warn({ err }, "could not read the links; trying again");
      return false;
    });
    failures = whole ? 0 : failures + 1;
    const { random } = runtime;
    const again = whole
      ? everyMs * (0.9 + random() / 5)
      : backoffMs(failures, { firstMs: AWAY_MS, maxMs: everyMs }, random);
    await runtime.sleep(again, signal);
  }
};

/** Resolves with whether GoCardless and the event store answered about every link. A link that fails does not block the others. */
const sweep = async (options: SweepOptions): Promise<boolean> => {
  const { links, followUp, log, signal, runtime, onAwaitingSeason } = options;
  let whole = true;
  let faultsInARow = 0;
  let awaitingSeason = 0;
  for (const page of links()) {
    for (const link of page) {
      if (signal.aborted) return true;
      const { registrationId: correlationId, traceparent } = link;
      try {
        if (followUp.awaitsSeason(link)) awaitingSeason++;
        if (!followUp.due(link)) continue;
        const cause = { service: "payment-link", correlationId, traceparent };
        const outcome = await followUp.bringUpToDate(link.id, cause);
        log.info(
          { ...logFields(correlationId, traceparent), outcome },
          "followed up a link that was due without an event",
        );
        faultsInARow = 0;
      } catch (err) {
        log.warn({ ...logFields(correlationId, traceparent), err }, "a link could not be brought up to date");
        if (!(err instanceof Fault)) continue;
        whole = false;
        // Perhaps GoCardless is away, or the event store.
        if (++faultsInARow % FAULTS_WHEN_AWAY === 0) await runtime.sleep(AWAY_MS, signal);
      }
    }
    // Lets taps go first.
    await runtime.sleep(1, signal);
  }
  onAwaitingSeason(awaitingSeason);
  if (awaitingSeason > 0)
    log.warn(
      { families: awaitingSeason },
      "no monthly fee is collected: set SEASON_START and SEASON_END to this season",
    );
  return whole;
};
