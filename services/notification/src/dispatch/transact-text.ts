import type { SmsEvent } from "@touchline/contracts";
import { type Cause, type EventStore, type Known, type Transaction, transact } from "@touchline/event-store";
import { isText, type SmsState, smsAggregate } from "../sms/state.ts";

export const SERVICE = "notification";

/** A text that nobody has requested yet, as far as we know. */
export const nothingYet: Known<SmsState> = { state: smsAggregate.initial, revision: -1n };

/** Decides about one text. Its registration is known once its stream is read, and correlates what is appended. */
export const transactText = (
  store: EventStore,
  smsId: string,
  decide: (state: SmsState) => readonly SmsEvent[],
  cause: Omit<Cause, "service"> = {},
  known?: Known<SmsState>,
): Promise<Transaction<SmsState, SmsEvent>> => {
  let registrationId = cause.correlationId;
  const knowing = (state: SmsState) => {
    if (isText(state)) registrationId = state.registrationId;
    return decide(state);
  };
  const about: Cause = {
    ...cause,
    service: SERVICE,
    get correlationId() {
      return registrationId;
    },
  };
  return transact(store, smsAggregate, smsId, knowing, about, known);
};
