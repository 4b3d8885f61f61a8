import { Fault } from "@touchline/contracts";
import { type Backoff, backoffMs, type Logger, type Runtime } from "@touchline/service";
import type { SmsGateway } from "../dispatch/sms-gateway.ts";
import { type Keyword, readKeyword } from "../suppression/words.ts";
import type { InboundHandler } from "./inbound.ts";

export interface MissedOptions {
  readonly gateway: Pick<SmsGateway, "received">;
  readonly inbound: Pick<InboundHandler, "late">;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly runtime: Pick<Runtime, "now" | "random" | "sleep">;
  readonly everyMs: number;
}

/** How far back the first look goes: nobody may have been at work since a Friday evening. */
const FIRST_LOOK_MS = 7 * 86_400_000;
/** Each look repeats the end of the one before: our clock may be ahead of the provider's, and its list may lag. */
const OVERLAP_MS = 600_000;
/** After a fault. The views may not be ready yet, or the provider may be away. */
const AGAIN_MS = 15_000;
/** A younger text may still be on its way to us: the provider waits 15 seconds for our answer. */
const ON_ITS_WAY_MS = 20_000;

/**
 * Reads the provider's list for texts from parents that never reached us, until `signal` aborts. It reports each to us only once, and drops
 * it if we do not answer. Without this, a START during an outage would be lost, and the parent never texted again.
 */
export const keepReadingMissed = async ({
  runtime,
  signal,
  everyMs,
  log,
  ...options
}: MissedOptions): Promise<void> => {
  let since = new Date(runtime.now().getTime() - FIRST_LOOK_MS);
  for (let failures = 0; !signal.aborted; ) {
    const until = new Date(runtime.now().getTime() - ON_ITS_WAY_MS);
    try {
      const missed = await readMissed({ ...options, log }, since, until);
      if (missed > 0) log.warn({ missed }, "texts from parents had not reached us; they were read from Twilio's list");
      since = new Date(until.getTime() - OVERLAP_MS);
      failures = 0;
    } catch (err) {
      if (!(err instanceof Fault)) throw err;
      log.warn({ err }, "could not look for texts that never reached us; trying again");
      failures++;
    }
    const again: Backoff = { firstMs: Math.min(AGAIN_MS, everyMs), maxMs: everyMs };
    await runtime.sleep(failures > 0 ? backoffMs(failures, again, runtime.random) : everyMs, signal);
  }
};

/** Resolves with how many there were. One that cannot be handled does not hold up the others. */
const readMissed = async (
  { gateway, inbound, log }: Pick<MissedOptions, "gateway" | "inbound" | "log">,
  since: Date,
  until: Date,
): Promise<number> => {
  let missed = 0;
  const texts = await gateway.received(since);
  // A START that reached us first ended nothing then, but it is the parent's last word.
  const lastWords = new Map<string, Keyword>();
  for (const { from, body } of texts) {
    const keyword = readKeyword(body);
    if (keyword === "stop" || keyword === "start") lastWords.set(from, keyword);
  }
  for (const text of texts) {
    if (text.receivedAt > until) break;
    if (readKeyword(text.body) === "stop" && lastWords.get(text.from) === "start") continue;
    const what = await inbound.late(text).catch((err: unknown) => {
      if (err instanceof Fault) throw err;
      log.error(
        { err, messageSid: text.id },
        "a text from a parent could not be handled; look at it in Twilio's console",
      );
      return "other" as const;
    });
    if (what !== "known" && what !== "other") missed++;
  }
  return missed;
};
