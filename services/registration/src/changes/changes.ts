import { isRegistrationId, type RegistrationEvent } from "@touchline/contracts";
import { type Decision, type EventStore, transact } from "@touchline/event-store";
import type { Find } from "../read-model/find.ts";
import type { OwnWrites } from "../read-model/own-writes.ts";
import type { Queries } from "../read-model/queries.ts";
import type { Row } from "../read-model/row.ts";
import { cancel, correctPhone, erase, resend } from "../registration/decide.ts";
import { checkReason } from "../registration/names.ts";
import { type RegistrationState, registrationAggregate } from "../registration/state.ts";
import { checkPhone } from "../registration/validate.ts";
import type { CancelOutcome, CorrectionOutcome, EraseOutcome, NoTextReason, ResendOutcome } from "./outcome.ts";

export interface ChangeDependencies {
  readonly store: EventStore;
  readonly find: Find;
  readonly queries: Pick<Queries, "factsOf">;
  readonly ownWrites: Pick<OwnWrites, "note">;
  readonly now: () => Date;
}

/** What operators and the chat may do to a registration. Only a `Fault` is thrown: every other answer is an outcome. */
export interface Changes {
  readonly resend: (registrationId: string, traceparent?: string) => Promise<ResendOutcome>;
  /** `phone` as it was typed. */
  readonly correctPhone: (registrationId: string, phone: string, traceparent?: string) => Promise<CorrectionOutcome>;
  readonly cancel: (registrationId: string, reason: string, traceparent?: string) => Promise<CancelOutcome>;
  readonly erase: (registrationId: string, traceparent?: string) => Promise<EraseOutcome>;
}

const notFound = { kind: "not_found" } as const;

export const createChanges = ({ store, find, queries, ownWrites, now }: ChangeDependencies): Changes => {
  const change = async <R>(
    registrationId: string,
    decide: Decision<RegistrationState, RegistrationEvent, R>,
    traceparent: string | undefined,
  ): Promise<R | typeof notFound> => {
    // No stream can have such a name.
    if (!isRegistrationId(registrationId)) return notFound;
    const cause = { service: "registration", correlationId: registrationId, traceparent };
    const { result, position } = await transact(store, registrationAggregate, registrationId, decide, cause);
    ownWrites.note(registrationId, position);
    return result;
  };

  const whyNoText = (row: Row): NoTextReason | undefined => {
    if (row.payment_status === "cancelled") return "registration_cancelled";
    if (row.payment_status === "paid") return "paid";
    if (row.phone_refuses_texts) return queries.factsOf(row.registration_id)?.optedOut ? "opted_out" : "number_refused";
    return row.payment_token_error ? "no_link" : undefined;
  };

  return {
    resend: async (registrationId, traceparent) => {
      const row = await find(registrationId);
      if (!row) return notFound;
      const reason = whyNoText(row);
      return reason
        ? { kind: "not_texted", reason }
        : change(registrationId, resend(registrationId, now()), traceparent);
    },

    correctPhone: async (registrationId, phone, traceparent) => {
      const checked = checkPhone(phone);
      if (!checked.ok) return { kind: "invalid", field: "parentPhone", violation: checked.violation };
      const result = await change(registrationId, correctPhone(registrationId, checked.value, now()), traceparent);
      if (result.kind !== "corrected") return result;
      // The row has the new number by now, with what is known of it.
      const row = await find(registrationId);
      return { kind: "corrected", noText: row && whyNoText(row) };
    },

    cancel: async (registrationId, reason, traceparent) => {
      const checked = checkReason(reason);
      if (!checked.ok) return { kind: "invalid", field: "reason", violation: checked.violation };
      return change(registrationId, cancel(registrationId, checked.value, now()), traceparent);
    },

    erase: async (registrationId, traceparent) => {
      const row = await find(registrationId);
      return change(registrationId, erase(registrationId, row?.billing_request_id ?? undefined, now()), traceparent);
    },
  };
};
