import type { SmsEvent } from "@touchline/contracts";
import { type Cause, type EventStore, type Known, load, type Transaction, transact } from "@touchline/event-store";
import { announce, announcing } from "../sms/announce.ts";
import type { ProviderWords } from "../sms/provider.ts";
import { type EvolveSms, isText, type SmsState, smsAggregate, type Text } from "../sms/state.ts";

export const SERVICE = "notification";

/** A text that, as far as we know, was not requested yet. */
export const nothingYet: Known<SmsState> = { state: { status: "absent" }, revision: -1n };

/** A text with the position of its request in the log: the order that all instances agree on. */
export type LoggedText = Text & { readonly position: bigint };

/** The streams of texts. */
export interface Texts {
  readonly evolve: EvolveSms;
  /**
   * Decides about one text. If that changes the status that others see, the same append announces the new one. The events are
   * correlated with the text's registration.
   */
  decide(
    smsId: string,
    decision: (state: SmsState) => readonly SmsEvent[],
    cause?: Omit<Cause, "service">,
    known?: Known<SmsState>,
  ): Promise<Transaction<SmsState, SmsEvent>>;
  /** Announces the status of a text whose stream is older than announcements. Resolves with whether it was missing. */
  announceMissing(smsId: string): Promise<boolean>;
  /** The text, with its stream's trace context; undefined if it was never requested or is erased. */
  read(smsId: string): Promise<{ readonly text: LoggedText | undefined; readonly traceparent: string | undefined }>;
}

export interface TextsOptions {
  readonly store: EventStore;
  readonly words: ProviderWords;
  readonly now: () => Date;
}

export const createTexts = ({ store, words, now }: TextsOptions): Texts => {
  const aggregate = smsAggregate(words);
  const { evolve } = aggregate;

  return {
    evolve,
    decide: (smsId, decision, cause = {}, known) => {
      const announced = announcing(decision, evolve, words.failureOf, now());
      return transact(store, aggregate, smsId, announced, { ...cause, service: SERVICE }, known);
    },
    announceMissing: async (smsId) => {
      const at = now();
      const decision = (state: SmsState) => (isText(state) ? announce(state, words.failureOf, at) : []);
      const { events } = await transact(store, aggregate, smsId, decision, { service: SERVICE });
      return events.length > 0;
    },
    read: async (smsId) => {
      const { state, stored, traceparent } = await load(store, aggregate, smsId);
      return { text: isText(state) ? { ...state, position: stored[0]?.position ?? -1n } : undefined, traceparent };
    },
  };
};
