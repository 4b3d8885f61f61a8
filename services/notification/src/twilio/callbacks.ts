import twilio from "twilio";
import type { Report } from "../sms/report.ts";
import { failureOf } from "./codes.ts";
import { stageOf } from "./statuses.ts";

export type Form = Readonly<Record<string, string>>;

export interface SignedRequest {
  /** The whole public URL, with its query. */
  readonly url: string;
  readonly signature: string | readonly string[] | undefined;
  readonly body: unknown;
}

/** The form if Twilio signed it; otherwise undefined. */
export const readSignedForm = (authToken: string, { url, signature, body }: SignedRequest): Form | undefined => {
  const fields = (body ?? {}) as Record<string, string>;
  // A URL's fragment is not signed.
  const signedUrl = url.replace(/#.*$/, "");
  if (typeof signature !== "string" || !twilio.validateRequest(authToken, signature, signedUrl, fields))
    return undefined;
  return Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, String(Array.isArray(v) ? v[0] : v)]));
};

/** A status callback. Unknown fields are ignored; undefined if a needed field is missing. */
export const readStatusCallback = (form: Form): Report | undefined => {
  const providerMessageId = form.MessageSid || form.SmsSid;
  const status = form.MessageStatus || form.SmsStatus;
  if (!providerMessageId || !status) return undefined;
  const errorCode = Number(form.ErrorCode);
  return {
    providerMessageId,
    status,
    stage: stageOf(status),
    ...(errorCode > 0 && { failure: failureOf(String(errorCode)) }),
  };
};

/** A text from a parent. */
export interface InboundText {
  readonly from: string;
  readonly body: string;
  /** It has a picture or the like. */
  readonly media: boolean;
  /** Twilio's own verdict, which it adds if advanced opt-out is on. */
  readonly optOutType?: string | undefined;
  readonly id: string | undefined;
}

export const readInboundText = (form: Form): InboundText => ({
  from: form.From ?? "",
  body: form.Body ?? "",
  media: Number(form.NumMedia) > 0,
  optOutType: form.OptOutType,
  id: form.MessageSid,
});
