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

/** In payment streams: what happens to the monthly fees. */
export const monthlyEvents = [
  define(
    "MonthlyStatusChanged",
    "Which monthly fees were missed, after all facts so far. No other event is needed to show them.",
    ofLink({
      registrationId: RegistrationId(),
      behindPence: Pence(),
      monthsMissed: Type.Integer({
        minimum: 0,
        description: "months that failed for good and have not been paid since",
      }),
      mandate: Type.Union([
        Type.Literal("none", { description: "there never was one, or none can be used" }),
        Type.Literal("active"),
        Type.Literal("gone", { description: "it has ended, and monthly fees are still to be collected" }),
      ]),
      mandatesGone: Type.Integer({ minimum: 0, description: "how many mandates have ended so far" }),
      mandateGoneAt: Type.Optional(Instant("when the last one ended, at GoCardless")),
      paidTwicePence: Type.Integer({ minimum: 0, description: "pence that were paid twice and not refunded" }),
      changedAt: Instant("when we learnt of it"),
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
    "GoCardless refused the subscription; an operator must fix the cause.",
    ofLink({
      mandateId: mandateId(),
      code: Type.String({ description: "GoCardless's error type" }),
      reason: Type.String({ description: "GoCardless's message, without values" }),
      refusedAt: Instant(),
    }),
  ),
  define(
    "SubscriptionAmended",
    "The subscription's amount has changed, from the next collection that GoCardless has not begun.",
    ofLink({ subscriptionId: subscriptionId(), amountPence: Pence(), amendedAt: Instant() }),
  ),
  define(
    "SubscriptionEnded",
    "The subscription has ended: it collects nothing more.",
    reported({ subscriptionId: subscriptionId() }),
  ),
  define(
    "MonthlyPaymentCreated",
    "The subscription has started a collection.",
    reported({ subscriptionId: subscriptionId(), paymentId: paymentId() }),
  ),
  define(
    "MonthlyPaymentDated",
    "GoCardless gave, when asked, the amount and day of a collection.",
    reported({ paymentId: paymentId(), amountPence: Pence(), chargeDate: Type.Optional(calendarDay("of the charge")) }),
  ),
  define("MonthlyPaymentSubmitted", "A monthly fee is with the banks.", reported({ paymentId: paymentId() })),
  define(
    "MonthlyPaymentRetried",
    "A monthly fee failed for now. GoCardless tries again, so the parent is asked for nothing.",
    reported({ paymentId: paymentId() }),
  ),
  define(
    "MonthlyPaymentSkipped",
    "Somebody at the club cancelled only this collection; the parent is not asked for it.",
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
    "A monthly fee was due, but its mandate had already ended.",
    ofLink({
      month: Type.String({
        pattern: "^\\d{4}-\\d{2}$",
        description: "identifies the fee, since there is no payment id",
      }),
      dueOn: calendarDay("when the fee should have been collected"),
      amountPence: Pence(),
      noticedAt: Instant(),
    }),
  ),
  define(
    "MonthlyPaymentFailed",
    "A monthly fee was not collected, or was returned.",
    reported({ paymentId: paymentId() }),
  ),
] as const;
