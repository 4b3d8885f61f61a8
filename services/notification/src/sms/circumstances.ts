import type { SmsEvent } from "@touchline/contracts";
import type { Purpose } from "./id.ts";
import { reasonFor } from "./provider-codes.ts";

/** What else is known at the moment in which a text is about to go. */
export interface Circumstances {
  /** The parent's number by now. */
  readonly phone: string;
  readonly registrationCancelled: boolean;
  readonly payment: "pending" | "paid" | "failed" | "charged_back" | "cancelled";
  /** The link asks for something: money, or a mandate. */
  readonly owed: boolean;
  /** The owner of `phone` wants no texts. */
  readonly optedOut: boolean;
  /** Numbers to which a text of this registration was refused for good. */
  readonly refusedNumbers: readonly string[];
  /** Another text with the same link has yet to go to this number. */
  readonly anotherWaits: boolean;
  /** Another text with the same link went to this number after the last attempt of this one, or stands in for it. */
  readonly anotherWent: boolean;
  /** Another text for this number was asked for earlier and has yet to go, or to be withdrawn: until then this one waits. */
  readonly anotherFirst: boolean;
  /** One registration has caused as many texts of this purpose as it may. */
  readonly overLimit: boolean;
  /** Parents are not disturbed at this hour by this text, which can wait. */
  readonly quiet: boolean;
}

type Wanted = { readonly purpose: Purpose; readonly to: string };
type WithdrawnCode = Extract<SmsEvent, { type: "SmsWithdrawn" }>["data"]["code"];

/** The event that ends the text instead of an attempt; undefined when nothing stands in its way. */
export const obstacle = (wanted: Wanted, circumstances: Circumstances, now: Date): SmsEvent | undefined => {
  const code = withdrawal(wanted, circumstances);
  if (code) return { type: "SmsWithdrawn", data: { code, withdrawnAt: now.toISOString() } };
  if (circumstances.optedOut) return givenUp("opted_out", reasonFor(21610), "opted_out", now);
  if (circumstances.refusedNumbers.includes(wanted.to)) {
    return givenUp("number_refused", "A text to this number was refused for good before.", "invalid", now);
  }
  return undefined;
};

const withdrawal = ({ purpose, to }: Wanted, c: Circumstances): WithdrawnCode | undefined => {
  if (c.registrationCancelled) return "cancelled";
  if (purpose === "confirmation") {
    if (c.payment !== "paid") return "unpaid";
  } else {
    if (c.payment === "cancelled") return "link_cancelled";
    if (!c.owed) return "paid";
  }
  if (c.overLimit) return "limit";
  if (to !== c.phone || c.anotherWent) return "superseded";
  return c.anotherWaits ? "waiting" : undefined;
};

const givenUp = (code: string, reason: string, numberFault: "invalid" | "opted_out", now: Date): SmsEvent => ({
  type: "SmsGivenUp",
  data: { code, reason, numberFault, givenUpAt: now.toISOString() },
});

/** Texts that can wait for the morning. */
export const respectsQuietHours = (purpose: Purpose): boolean => purpose === "reminder";
