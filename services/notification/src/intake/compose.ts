import { smsIdOf, type TextPurpose } from "@touchline/contracts";
import type { RegistrationContext } from "../sms/context.ts";
import type { RequestedData } from "../sms/decide.ts";
import { asciiName, measureText, renderText, shownName } from "../sms/text.ts";
import { type Templates, templateFor } from "./templates.ts";

/** Which text is asked for. */
export interface Wanted {
  readonly registrationId: string;
  readonly billingRequestId: string;
  readonly purpose: TextPurpose;
  readonly count: number;
  /** When what asks for it happened: texts that have to wait go in this order. */
  readonly askedAt?: Date;
  /** The link was made a moment ago: it cannot have been paid through yet. */
  readonly linkIsNew?: boolean;
  /** Not to go earlier. */
  readonly notBefore?: Date | undefined;
  /** For a confirmation: what the family pays. */
  readonly fees?: string;
  /** Of a fee that is asked for again: whether it failed, went back by the payer's bank, or is what the club has left open. */
  readonly why?: "failed" | "charged_back" | "pending";
  /** How much that is. */
  readonly rest?: string;
  /** For a confirmation: the mandate has yet to be set up, through the link. */
  readonly asksMandate?: boolean;
}

export interface Wording {
  readonly templates: Templates;
  /** The public origin, as it is in the link. */
  readonly publicUrl: string;
  readonly nameEncoding: "keep" | "ascii";
  readonly pricePerSegmentPence: number;
}

const MANDATE = " Please set up the Direct Debit: {PAYMENT_BASE_URL}/reg_setup/{billing_request_id}";

/** Writes the text: to whom, what, in how many segments, at what price. */
export const compose = (
  wanted: Wanted,
  registration: RegistrationContext,
  wording: Wording,
  now: Date,
): RequestedData => {
  const { registrationId, billingRequestId, purpose, count, notBefore } = wanted;
  const { templates, publicUrl, nameEncoding, pricePerSegmentPence } = wording;
  const childName = shownName(registration.childFirstName);
  const body = renderText(`${templateFor(templates, wanted)}${wanted.asksMandate ? MANDATE : ""}`, {
    child_name: nameEncoding === "ascii" ? asciiName(childName) : childName,
    club_name: templates.clubName,
    PAYMENT_BASE_URL: publicUrl,
    billing_request_id: billingRequestId,
    fees: wanted.fees ? `${wanted.fees}.` : "",
    rest: wanted.rest ?? "",
  }).trim();
  const { encoding, segments } = measureText(body);
  return {
    smsId: smsIdOf(registrationId, purpose, count),
    registrationId,
    billingRequestId,
    purpose,
    count,
    to: registration.phone,
    body,
    encoding,
    segments,
    expectedPricePence: Math.round(segments * pricePerSegmentPence * 10_000) / 10_000,
    ...(notBefore && { notBefore: notBefore.toISOString() }),
    requestedAt: (wanted.askedAt ?? now).toISOString(),
  };
};
