import { create } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import {
  type AddNoteRequest,
  type AddNoteResponse,
  AddNoteResponseSchema,
  type CancelRegistrationRequest,
  type CancelRegistrationResponse,
  CancelRegistrationResponseSchema,
  type CorrectParentPhoneRequest,
  type CorrectParentPhoneResponse,
  CorrectParentPhoneResponseSchema,
  type EraseRegistrationRequest,
  type EraseRegistrationResponse,
  EraseRegistrationResponseSchema,
  type RecordMoneyRequest,
  type RecordMoneyResponse,
  RecordMoneyResponseSchema,
  type RefundPaymentRequest,
  type RefundPaymentResponse,
  RefundPaymentResponseSchema,
  type RemoveNoteRequest,
  type RemoveNoteResponse,
  RemoveNoteResponseSchema,
  type ResendPaymentLinkRequest,
  type ResendPaymentLinkResponse,
  ResendPaymentLinkResponseSchema,
} from "@touchline/contracts";
import type { By, Changes } from "../changes/changes.ts";
import { type ChangeRefusal, refusalWords } from "../changes/outcome.ts";
import { CallError, fieldsRefused, notAllowed, tooSoon } from "./status.ts";

/** Changes as gRPC calls: each resolves with the answer or rejects with `CallError` or `Fault`. */
export const createChangeCalls = (changes: Changes) => ({
  resend: async ({ registrationId }: ResendPaymentLinkRequest, by: By): Promise<ResendPaymentLinkResponse> => {
    const outcome = await changes.resend(registrationId, by);
    if (outcome.kind !== "resent") throw refused(outcome);
    return create(ResendPaymentLinkResponseSchema, { registrationId, resends: outcome.resends });
  },

  correctPhone: async (
    { registrationId, parentPhone }: CorrectParentPhoneRequest,
    by: By,
  ): Promise<CorrectParentPhoneResponse> => {
    const outcome = await changes.correctPhone(registrationId, parentPhone, by);
    switch (outcome.kind) {
      case "corrected":
        return create(CorrectParentPhoneResponseSchema, {
          registrationId,
          changed: true,
          noTextReason: outcome.noText ?? "",
        });
      case "unchanged":
        return create(CorrectParentPhoneResponseSchema, { registrationId, changed: false });
      default:
        throw refused(outcome);
    }
  },

  cancel: async (
    { registrationId, reason }: CancelRegistrationRequest,
    by: By,
  ): Promise<CancelRegistrationResponse> => {
    const outcome = await changes.cancel(registrationId, reason, by);
    if (outcome.kind !== "cancelled" && outcome.kind !== "cancelled_before") throw refused(outcome);
    return create(CancelRegistrationResponseSchema, { registrationId, changed: outcome.kind === "cancelled" });
  },

  refund: async (
    { registrationId, amountPence, refundRequestId }: RefundPaymentRequest,
    by: By,
  ): Promise<RefundPaymentResponse> => {
    const outcome = await changes.refund(registrationId, { amountPence, refundRequestId }, by);
    switch (outcome.kind) {
      case "refund_requested":
      case "refunding":
      case "refunded": {
        const [changed, made] = [outcome.kind === "refund_requested", outcome.kind === "refunded"];
        return create(RefundPaymentResponseSchema, { registrationId, changed, made });
      }
      default:
        throw refused(outcome);
    }
  },

  recordMoney: async (request: RecordMoneyRequest, by: By): Promise<RecordMoneyResponse> => {
    const { registrationId, recordId, kind, amountPence, note, undoes } = request;
    const wish = { recordId, kind, amountPence, note, ...(undoes && { undoes }) };
    const outcome = await changes.recordMoney(registrationId, wish, by);
    switch (outcome.kind) {
      case "recorded":
      case "recorded_before":
      case "counted": {
        const [changed, counts] = [outcome.kind === "recorded", outcome.kind === "counted"];
        return create(RecordMoneyResponseSchema, { registrationId, changed, counts });
      }
      default:
        throw refused(outcome);
    }
  },

  ...noteCalls(changes),

  erase: async ({ registrationId }: EraseRegistrationRequest, by: By): Promise<EraseRegistrationResponse> => {
    const outcome = await changes.erase(registrationId, by);
    if (outcome.kind !== "erased" && outcome.kind !== "erased_before") throw refused(outcome);
    return create(EraseRegistrationResponseSchema, { registrationId, changed: outcome.kind === "erased" });
  },
});

const noteCalls = (changes: Changes) => ({
  addNote: async ({ registrationId, noteId, text }: AddNoteRequest, by: By): Promise<AddNoteResponse> => {
    const outcome = await changes.addNote(registrationId, { noteId, text }, by);
    if (outcome.kind !== "noted" && outcome.kind !== "noted_before") throw refused(outcome);
    return create(AddNoteResponseSchema, { registrationId, changed: outcome.kind === "noted" });
  },

  removeNote: async ({ registrationId, noteId }: RemoveNoteRequest, by: By): Promise<RemoveNoteResponse> => {
    const outcome = await changes.removeNote(registrationId, noteId, by);
    if (outcome.kind !== "note_removed" && outcome.kind !== "note_removed_before") throw refused(outcome);
    return create(RemoveNoteResponseSchema, { registrationId, changed: outcome.kind === "note_removed" });
  },
});

/** A refusal as a gRPC error. */
export const refused = (refusal: ChangeRefusal): CallError => {
  const words = refusalWords(refusal);
  switch (refusal.kind) {
    case "not_found":
    case "no_such_note":
      return new CallError(status.NOT_FOUND, words);
    case "not_allowed":
      return notAllowed(words);
    case "registration_cancelled":
    case "not_texted":
    case "nothing_paid":
    case "not_recorded":
    case "no_fee":
    case "came_to_nothing":
      return new CallError(status.FAILED_PRECONDITION, words);
    case "refund_differs":
    case "record_differs":
      return new CallError(status.ALREADY_EXISTS, words);
    case "too_many_resends":
    case "too_many_corrections":
    case "too_many_amendments":
    case "too_many_notes":
      return new CallError(status.RESOURCE_EXHAUSTED, words);
    case "too_soon":
      return tooSoon(words, refusal.retryAfterMs);
    case "fields_refused":
      return fieldsRefused(status.INVALID_ARGUMENT, words, refusal.violations);
    case "invalid":
      return fieldsRefused(status.INVALID_ARGUMENT, words, [{ field: refusal.field, ...refusal.violation }]);
  }
};
