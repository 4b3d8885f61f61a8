import { smsIdOf } from "@touchline/contracts";
import { parseUkMobile } from "@touchline/uk-phone";
import type { Facts } from "../dispatch/facts.ts";
import { claimedBy, type TextSender } from "../dispatch/text-sender.ts";
import { nothingYet, type Texts } from "../dispatch/texts.ts";
import { requestText } from "../sms/decide.ts";
import { compose, type Wanted, type Wording } from "./compose.ts";

export interface RequesterOptions {
  readonly texts: Pick<Texts, "decide">;
  readonly facts: Facts;
  readonly sender: Pick<TextSender, "slot">;
  readonly wording: Wording;
  readonly now: () => Date;
  /** Texts wait their turn, so that none is sent at once. */
  readonly lineUp: boolean;
  /** Since when texts may be missing from the store; undefined outside the window after a restore. */
  readonly lostSince: () => Promise<Date | undefined>;
  readonly onRequested?: (data: { segments: number; purpose: string; encoding: string }) => void;
}

export interface RequestCause {
  /** Id of the event that led here. */
  readonly id: string;
  readonly traceparent?: string | undefined;
  /** When it happened. */
  readonly created?: Date;
}

/** Requests a text once, and makes its first attempt at once if there is room. */
export type RequestText = (
  wanted: Wanted,
  cause: RequestCause,
) => Promise<"requested" | "known" | "unknown_registration">;

/** The store's clock may be ahead, but nothing can have been asked for later than now. */
const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

export const createRequester = (options: RequesterOptions): RequestText => {
  const { texts, facts, sender, wording, lineUp, lostSince, onRequested } = options;

  return async (wanted, { id, traceparent: given, created }) => {
    const smsId = smsIdOf(wanted.registrationId, wanted.purpose, wanted.count);
    // The slot is taken before the facts are read, so that they are fresh when the text is sent.
    const lost = await lostSince();
    const held = wanted.notBefore !== undefined && wanted.notBefore > options.now();
    // Another correction may ask for a text to the same number right now. Once both are in the log, we see which was first.
    const slot = lineUp || held || lost || wanted.purpose === "corrected_phone" ? undefined : sender.slot();
    let running = false;
    try {
      const circumstances = await facts.circumstances({ smsId, ...wanted });
      if (!circumstances.registration) return "unknown_registration";
      if (circumstances.registration.erased) return "known";
      const now = options.now();
      // A reminder is triggered only by the clock, so it belongs to the registration's trace.
      const traceparent = given ?? circumstances.registration.traceparent;
      const data = compose(
        { ...wanted, ...(created && { askedAt: earlier(created, now) }) },
        circumstances.registration,
        wording,
        now,
      );
      const valid = parseUkMobile(data.to).ok;
      const about = valid ? circumstances : { ...circumstances, refusedNumbers: [data.to] };
      const decide = requestText(data, about, slot !== undefined, now, lost);
      const cause = { id, correlationId: wanted.registrationId, traceparent, claim: true };
      const done = await texts.decide(smsId, decide, cause, nothingYet);
      if (done.events.length === 0) return "known";
      onRequested?.(data);
      const claimed = claimedBy(done);
      if (claimed && slot) {
        running = true;
        void slot.run(claimed);
      }
      return "requested";
    } finally {
      if (!running) slot?.release();
    }
  };
};
