import type { RegistrationEvent, SuppressionEvent } from "@touchline/contracts";
import { londonTime } from "@touchline/london";
import type { Words } from "./description.ts";
import { pounds } from "./words.ts";

export const registrationWords: Words<RegistrationEvent | SuppressionEvent> = {
  RegistrationCompleted: ({ child, parent, parentPhone, team, ageGroup, season, ...fees }, { phone }) => ({
    text: `The chat registered ${child.firstName} ${child.lastName}`,
    detail: `${team} ${ageGroup}, season ${season}; ${pounds(fees.signingFeePence)} to sign on, ${pounds(fees.monthlyFeePence)} a month; parent ${parent.firstName} ${parent.lastName}, ${phone(parentPhone)}`,
    from: "chat gateway",
    tone: "good",
  }),
  ParentPhoneCorrected: ({ parentPhone, count }, { phone }) => ({
    text: `The parent's number was corrected to ${phone(parentPhone)}`,
    detail: count > 1 ? `correction ${count}` : undefined,
  }),
  RegistrationCancelled: ({ reason }) => ({
    text: "The registration was called off",
    detail: reason || undefined,
    tone: "bad",
  }),
  PaymentLinkResendRequested: ({ count }) => ({
    text: "Another text with the link was requested",
    detail: `resend ${count}`,
  }),
  PaymentTokenRefused: ({ code, reason }) => ({
    text: "GoCardless refused to create the payment token",
    detail: `${code}: ${reason}`,
    from: "GoCardless",
    tone: "bad",
  }),
  RegistrationErased: ({ erasedAt }) => ({
    text: `The registration was erased at ${londonTime(erasedAt)}`,
    detail: "names, numbers and texts are forgotten; payments are kept",
  }),
  RegistrationTextsErased: () => ({ text: "Its texts were erased" }),
  PhoneOptedOut: ({ phone: number, via }, { phone }) => ({
    text: `${phone(number)} asked for no more texts`,
    from: via === "inbound" ? "parent" : "Twilio",
    tone: "bad",
  }),
  PhoneOptedIn: ({ phone: number }, { phone }) => ({ text: `${phone(number)} wants texts again`, from: "parent" }),
  SuppressionKeyCreated: () => ({ text: "The key for hashing numbers was made" }),
};
