import type { EventStore } from "@touchline/event-store";
import { parseUkMobile } from "@touchline/uk-phone";
import type { Facts } from "../dispatch/facts.ts";
import { claimedBy, type Sender } from "../dispatch/sender.ts";
import { nothingYet, transactText } from "../dispatch/transact-text.ts";
import { requestText } from "../sms/decide.ts";
import { smsIdOf } from "../sms/id.ts";
import { compose, type Wanted, type Wording } from "./compose.ts";

export interface RequesterOptions {
  readonly store: EventStore;
  readonly facts: Facts;
  readonly sender: Sender;
  readonly wording: Wording;
  readonly now: () => Date;
  /** Texts wait in line for their turn, so that nobody sends at once. */
  readonly lineUp: boolean;
  readonly onRequested?: (data: { segments: number; purpose: string; encoding: string }) => void;
}

export interface RequestCause {
  /** Id of the event that led here. */
  readonly id: string;
  readonly traceparent?: string | undefined;
  /** When it happened. */
  readonly created?: Date;
}

/** Requests a text once, and makes its first attempt right away when there is room. */
export type RequestText = (
  wanted: Wanted,
  cause: RequestCause,
) => Promise<"requested" | "known" | "unknown_registration">;

export const createRequester = (options: RequesterOptions): RequestText => {
  const { store, facts, sender, wording, lineUp, onRequested } = options;

  return async (wanted, { id, traceparent: given, created }) => {
    const smsId = smsIdOf(wanted.registrationId, wanted.purpose, wanted.count);
    // Taken before the facts are read: what they say must not be old when the text goes.
    const held = wanted.notBefore !== undefined && wanted.notBefore > options.now();
    // Another correction may ask for a text to the same number right now: who is first is seen once both are in the log.
    const slot = lineUp || held || wanted.purpose === "corrected_phone" ? undefined : sender.slot();
    let running = false;
    try {
      const circumstances = await facts.circumstances({ smsId, ...wanted });
      if (!circumstances.story) return "unknown_registration";
      if (circumstances.story.erased) return "known";
      const now = options.now();
      // A reminder comes of nothing but time: it belongs to the registration's trace.
      const traceparent = given ?? circumstances.story.traceparent;
      const data = compose({ ...wanted, ...(created && { askedAt: created }) }, circumstances.story, wording, now);
      const valid = parseUkMobile(data.to).ok;
      const about = valid ? circumstances : { ...circumstances, refusedNumbers: [data.to] };
      const decide = requestText(data, about, slot !== undefined, now);
      const cause = { id, correlationId: wanted.registrationId, traceparent, claim: true };
      const done = await transactText(store, smsId, decide, cause, nothingYet);
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
