import { create } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import {
  type CancelRegistrationRequest,
  type CancelRegistrationResponse,
  CancelRegistrationResponseSchema,
  type CorrectParentPhoneRequest,
  type CorrectParentPhoneResponse,
  CorrectParentPhoneResponseSchema,
  type EraseRegistrationRequest,
  type EraseRegistrationResponse,
  EraseRegistrationResponseSchema,
  type RegistrationEvent,
  type ResendPaymentLinkRequest,
  type ResendPaymentLinkResponse,
  ResendPaymentLinkResponseSchema,
} from "@touchline/contracts";
import { type EventStore, transact } from "@touchline/event-store";
import type { Find } from "../read-model/find.ts";
import type { OwnWrites } from "../read-model/own-writes.ts";
import type { Row } from "../read-model/row.ts";
import {
  CORRECTIONS_MAX,
  cancel,
  correctPhone,
  erase,
  type ResendRefusal,
  resend,
  resendRefusal,
} from "../registration/decide.ts";
import { type Checked, checkReason } from "../registration/names.ts";
import { isKnown, type RegistrationState, registrationAggregate } from "../registration/state.ts";
import { checkPhone, isRegistrationId } from "../registration/validate.ts";
import { CallError, fieldsRefused, notFound, tooSoon } from "./status.ts";

export interface ChangeDependencies {
  readonly store: EventStore;
  readonly find: Find;
  readonly ownWrites: OwnWrites;
  readonly now: () => Date;
}

/** What operators and the chat may do to a registration; each rejects with `CallError` or `Fault`. */
export const createChanges = ({ store, find, ownWrites, now }: ChangeDependencies) => {
  const change = async (
    registrationId: string,
    decide: (state: RegistrationState) => readonly RegistrationEvent[],
    traceparent: string | undefined,
  ) => {
    if (!isRegistrationId(registrationId)) throw notFound();
    const cause = { service: "registration", correlationId: registrationId, traceparent };
    const { state, events, position } = await transact(store, registrationAggregate, registrationId, decide, cause);
    if (state.status === "none") throw notFound();
    ownWrites.note(registrationId, position);
    return { state, changed: events.length > 0 };
  };

  /** What is erased is not there: nobody is told that it once was. */
  const changeKnown = async (...args: Parameters<typeof change>) => {
    const { state, changed } = await change(...args);
    if (!isKnown(state)) throw notFound();
    return { state, changed };
  };

  return {
    resend: async (
      { registrationId }: ResendPaymentLinkRequest,
      traceparent?: string,
    ): Promise<ResendPaymentLinkResponse> => {
      const row = await find(registrationId);
      if (!row) throw notFound();
      refuseUseless(row);
      const at = now();
      let refusal: ResendRefusal | undefined;
      const decide = (before: RegistrationState) => {
        refusal = resendRefusal(before, at);
        return resend(registrationId, at)(before);
      };
      const { state } = await changeKnown(registrationId, decide, traceparent);
      if (refusal) throw resendRefused(refusal);
      return create(ResendPaymentLinkResponseSchema, { registrationId, resends: state.resends });
    },

    correctPhone: async (
      request: CorrectParentPhoneRequest,
      traceparent?: string,
    ): Promise<CorrectParentPhoneResponse> => {
      const { registrationId } = request;
      const phone = checked("parentPhone", request.parentPhone, checkPhone);
      const decide = correctPhone(registrationId, phone, now());
      const { state, changed } = await changeKnown(registrationId, decide, traceparent);
      if (state.status === "cancelled") throw precondition("The registration is cancelled.");
      if (!changed && state.parentPhone !== phone) {
        throw new CallError(status.RESOURCE_EXHAUSTED, `The number was corrected ${CORRECTIONS_MAX} times.`);
      }
      return create(CorrectParentPhoneResponseSchema, { registrationId, changed });
    },

    cancel: async (request: CancelRegistrationRequest, traceparent?: string): Promise<CancelRegistrationResponse> => {
      const { registrationId } = request;
      const reason = checked("reason", request.reason, checkReason);
      const { changed } = await changeKnown(registrationId, cancel(registrationId, reason, now()), traceparent);
      return create(CancelRegistrationResponseSchema, { registrationId, changed });
    },

    erase: async (
      { registrationId }: EraseRegistrationRequest,
      traceparent?: string,
    ): Promise<EraseRegistrationResponse> => {
      const row = await find(registrationId);
      const decide = erase(registrationId, row?.billing_request_id ?? undefined, now());
      const { changed } = await change(registrationId, decide, traceparent);
      return create(EraseRegistrationResponseSchema, { registrationId, changed });
    },
  };
};

const precondition = (message: string) => new CallError(status.FAILED_PRECONDITION, message);

/** A text that could not help: the caller is told what would. */
const refuseUseless = (row: Row): void => {
  if (row.payment_status === "cancelled") throw precondition("The registration is cancelled.");
  if (row.payment_status === "paid") throw precondition("It is paid already.");
  if (row.phone_refuses_texts) throw precondition("This number cannot be texted: correct it first.");
  if (row.payment_token_error) throw precondition("GoCardless refused the payment request; there is no link to text.");
};

const resendRefused = (refusal: ResendRefusal): CallError => {
  switch (refusal.why) {
    case "unknown":
      return notFound();
    case "cancelled":
      return precondition("The registration is cancelled.");
    case "too_many":
      return new CallError(status.RESOURCE_EXHAUSTED, "The link was texted again five times; no more.");
    case "too_soon":
      return tooSoon("The link was texted again less than a minute ago.", refusal.retryAfterMs);
  }
};

const checked = (field: string, value: string, check: (text: string) => Checked): string => {
  const result = check(value);
  if (result.ok) return result.value;
  throw fieldsRefused(status.INVALID_ARGUMENT, `The change was refused: ${field}.`, [{ field, ...result.fault }]);
};
