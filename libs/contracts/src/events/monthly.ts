import { Type } from "typebox";
import { Instant, Pence, RegistrationId } from "./define.ts";
import {
  calendarDay,
  definePayment as define,
  mandateId,
  ofLink,
  paymentId,
  reported,
  subscriptionId,
} from "./payment-shapes.ts";

/** Of payment streams: what becomes of the monthly fees. */
export const monthlyEvents = [
  define(
    "MonthlyStatusChanged",
    "What is missing of the monthly fees, from all facts so far. A view of them needs no other event.",
    ofLink({
      registrationId: RegistrationId(),
      behindPence: Pence(),
      monthsMissed: Type.Integer({ minimum: 0, description: "months that failed for good and were not paid since" }),
      mandate: Type.Union([
        Type.Literal("none", { description: "there was none, or none is of use" }),
        Type.Literal("active"),
        Type.Literal("gone", { description: "it ended, and monthly fees are still to be collected" }),
      ]),
      mandatesGone: Type.Integer({ minimum: 0, description: "how many mandates have ended so far" }),
      mandateGoneAt: Type.Optional(Instant("when the last one ended, at GoCardless")),
      paidTwicePence: Type.Integer({ minimum: 0, description: "pence that came in twice and were not given back" }),
      changedAt: Instant("when we learnt it"),
    }),
  ),
  define(
    "SubscriptionCreated",
    "The monthly fee is collected until the season ends.",
    ofLink({
      subscriptionId: subscriptionId(),
      mandateId: mandateId(),
      amountPence: Pence(),
      dayOfMonth: Type.Integer({ minimum: -1, maximum: 28 }),
      startDate: calendarDay("the first collection"),
      payments: Type.Integer({ minimum: 1, description: "how many collections until the season ends" }),
      createdAt: Instant(),
    }),
  ),
  define(
    "SubscriptionRefused",
    "GoCardless refused the subscription and will do so again; an operator must act.",
    ofLink({
      mandateId: mandateId(),
      code: Type.String({ description: "GoCardless's error type" }),
      reason: Type.String({ description: "GoCardless's words, without values" }),
      refusedAt: Instant(),
    }),
  ),
  define(
    "SubscriptionAmended",
    "The subscription collects another amount, from the next collection that GoCardless has not begun.",
    ofLink({ subscriptionId: subscriptionId(), amountPence: Pence(), amendedAt: Instant() }),
  ),
  define(
    "SubscriptionEnded",
    "The subscription collects nothing more.",
    reported({ subscriptionId: subscriptionId() }),
  ),
  define(
    "MonthlyPaymentCreated",
    "The subscription started a collection.",
    reported({ subscriptionId: subscriptionId(), paymentId: paymentId() }),
  ),
  define(
    "MonthlyPaymentDated",
    "GoCardless said, when asked, how much a collection is and on which day.",
    reported({ paymentId: paymentId(), amountPence: Pence(), chargeDate: Type.Optional(calendarDay("of the charge")) }),
  ),
  define("MonthlyPaymentSubmitted", "A monthly fee is with the banks.", reported({ paymentId: paymentId() })),
  define(
    "MonthlyPaymentRetried",
    "A monthly fee failed for now: GoCardless collects it once more, so that nothing is asked for.",
    reported({ paymentId: paymentId() }),
  ),
  define(
    "MonthlyPaymentSkipped",
    "Somebody at the club cancelled this one collection; it is not asked for.",
    reported({ paymentId: paymentId() }),
  ),
  define(
    "MonthlyPaymentChargedBack",
    "The payer's bank took a monthly fee back.",
    reported({ paymentId: paymentId() }),
  ),
  define("MonthlyPaymentPaidOut", "The club's bank has a monthly fee.", reported({ paymentId: paymentId() })),
  define("MonthlyPaymentCollected", "GoCardless has a monthly fee.", reported({ paymentId: paymentId() })),
  define(
    "MonthlyFeeMissed",
    "The day of a monthly fee has passed, and the mandate that it was to be collected on had ended.",
    ofLink({
      month: Type.String({ pattern: "^\\d{4}-\\d{2}$", description: "names it where others are named by a payment" }),
      dueOn: calendarDay("of the collection that did not come"),
      amountPence: Pence(),
      noticedAt: Instant(),
    }),
  ),
  define(
    "MonthlyPaymentFailed",
    "A monthly fee was not collected, or went back.",
    reported({ paymentId: paymentId() }),
  ),
] as const;
