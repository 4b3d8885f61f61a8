import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "@touchline/contracts";
import { aboutStory, type Logger } from "@touchline/service";
import type { Link } from "../payment/state.ts";
import type { FollowUp } from "./follow-up.ts";

export interface SweepOptions {
  /** All links, a page at a time. */
  readonly links: () => Iterable<readonly Link[]>;
  readonly followUp: Pick<FollowUp, "due" | "bringUpToDate">;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly everyMs: number;
}

/** After so many faults in a row the rest of a sweep waits. */
const FAULTS_WHEN_AWAY = 3;
const AWAY_MS = 60_000;

/**
 * Looks at all links now and then, for as long as `signal` allows. Most of what is due follows from an event; some follows from
 * the calendar, from another configuration, or from a refusal whose cause was mended.
 */
export const keepSweeping = async ({ links, followUp, log, signal, everyMs }: SweepOptions): Promise<void> => {
  const look = async (link: Link): Promise<void> => {
    const { registrationId: correlationId, traceparent } = link;
    const outcome = await followUp.bringUpToDate(link.id, { service: "payment-link", correlationId, traceparent });
    log.info({ ...aboutStory(correlationId, traceparent), outcome }, "a link was due without an event that told");
  };
  /** Resolves with whether GoCardless, or the event store, answered. One link that cannot be helped holds up no other. */
  const sweep = async (): Promise<boolean> => {
    let faultsInARow = 0;
    for (const page of links()) {
      for (const link of page) {
        if (signal.aborted) return true;
        try {
          if (!followUp.due(link)) continue;
          await look(link);
          faultsInARow = 0;
        } catch (err) {
          log.warn(
            { ...aboutStory(link.registrationId, link.traceparent), err },
            "a link could not be brought up to date",
          );
          if (err instanceof Fault && ++faultsInARow === FAULTS_WHEN_AWAY) return false;
        }
      }
      // Taps come first.
      await sleep(1, undefined, { signal }).catch(() => {});
    }
    return true;
  };
  while (!signal.aborted) {
    const again = (await sweep()) ? everyMs : AWAY_MS;
    await sleep(again * (0.9 + Math.random() / 5), undefined, { signal }).catch(() => {});
  }
};
