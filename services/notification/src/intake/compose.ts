import { smsIdOf, type TextPurpose } from "@touchline/contracts";
import type { RegistrationContext } from "../sms/context.ts";
import type { RequestedData } from "../sms/decide.ts";
import { asciiName, measureText, renderText, shownName } from "../sms/text.ts";
import { LINK, type Templates, templateFor } from "./templates.ts";

/** Which text is asked for. */
export interface Wanted {
  readonly registrationId: string;
  readonly billingRequestId: string;
  readonly purpose: TextPurpose;
  readonly count: number;
  /** What a text to a corrected number says, if it does not ask for the fee. */
  readonly about?: NonNullable<RequestedData["about"]>;
  /** When the event that asks for it happened: waiting texts are sent in this order. */
  readonly askedAt?: Date;
  /** The link was created a moment ago, so nobody can have paid through it yet. */
  readonly linkIsNew?: boolean;
  /** The earliest time to send it. */
  readonly notBefore?: Date | undefined;
  /** For a confirmation: what the family pays. */
  readonly fees?: string;
  /** Why a fee is asked for again: it failed, the payer's bank took it back, or the club has left it open. */
  readonly why?: "failed" | "charged_back" | "pending";
  /** The amount asked for again. */
  readonly rest?: string;
  /** For a confirmation: the mandate still has to be set up through the link. */
  readonly asksMandate?: boolean;
}

export interface Wording {
  readonly templates: Templates;
  /** The public origin in the link. */
  readonly publicUrl: string;
  readonly nameEncoding: "keep" | "ascii";
  readonly pricePerSegmentPence: number;
}

const MANDATE = ` Please set up the Direct Debit: ${LINK}`;

/** Writes the text: its number, words, segments and price. */
export const compose = (
  wanted: Wanted,
  registration: RegistrationContext,
  wording: Wording,
  now: Date,
): RequestedData => {
  const { registrationId, billingRequestId, purpose, about, count, notBefore } = wanted;
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
    ...(about && { about }),
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
