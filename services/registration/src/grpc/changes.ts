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
  type ResendPaymentLinkRequest,
  type ResendPaymentLinkResponse,
  ResendPaymentLinkResponseSchema,
} from "@touchline/contracts";
import type { Changes } from "../changes/changes.ts";
import { type ChangeRefusal, refusalWords } from "../changes/outcome.ts";
import { CallError, fieldsRefused, tooSoon } from "./status.ts";

/** Changes as gRPC calls: each resolves with the answer or rejects with `CallError` or `Fault`. */
export const createChangeCalls = (changes: Changes) => ({
  resend: async (
    { registrationId }: ResendPaymentLinkRequest,
    traceparent?: string,
  ): Promise<ResendPaymentLinkResponse> => {
    const outcome = await changes.resend(registrationId, traceparent);
    if (outcome.kind !== "resent") throw refused(outcome);
    return create(ResendPaymentLinkResponseSchema, { registrationId, resends: outcome.resends });
  },

  correctPhone: async (
    { registrationId, parentPhone }: CorrectParentPhoneRequest,
    traceparent?: string,
  ): Promise<CorrectParentPhoneResponse> => {
    const outcome = await changes.correctPhone(registrationId, parentPhone, traceparent);
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
    traceparent?: string,
  ): Promise<CancelRegistrationResponse> => {
    const outcome = await changes.cancel(registrationId, reason, traceparent);
    if (outcome.kind !== "cancelled" && outcome.kind !== "cancelled_before") throw refused(outcome);
    return create(CancelRegistrationResponseSchema, { registrationId, changed: outcome.kind === "cancelled" });
  },

  erase: async (
    { registrationId }: EraseRegistrationRequest,
    traceparent?: string,
  ): Promise<EraseRegistrationResponse> => {
    const outcome = await changes.erase(registrationId, traceparent);
    if (outcome.kind !== "erased" && outcome.kind !== "erased_before") throw refused(outcome);
    return create(EraseRegistrationResponseSchema, { registrationId, changed: outcome.kind === "erased" });
  },
});

const refused = (refusal: ChangeRefusal): CallError => {
  const words = refusalWords(refusal);
  switch (refusal.kind) {
    case "not_found":
      return new CallError(status.NOT_FOUND, words);
    case "registration_cancelled":
    case "not_texted":
      return new CallError(status.FAILED_PRECONDITION, words);
    case "too_many_resends":
    case "too_many_corrections":
      return new CallError(status.RESOURCE_EXHAUSTED, words);
    case "too_soon":
      return tooSoon(words, refusal.retryAfterMs);
    case "invalid":
      return fieldsRefused(status.INVALID_ARGUMENT, words, [{ field: refusal.field, ...refusal.violation }]);
  }
};
