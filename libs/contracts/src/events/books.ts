import { Type } from "typebox";
import { Instant, RegistrationId } from "./define.ts";
import { calendarDay, definePayment as define, paymentId } from "./payment-shapes.ts";

/** In `payment-reconciliation`. */
export const RECONCILIATION_ID = "reconciliation";

const count = (description?: string) => Type.Integer({ minimum: 0, ...(description && { description }) });
const signedPence = (description: string) => Type.Integer({ description });

const difference = Type.Object({
  kind: Type.Union([
    Type.Literal("payment"),
    Type.Literal("refund"),
    Type.Literal("payout"),
    Type.Literal("subscription"),
    Type.Literal("mandate"),
  ]),
  id: Type.String({ description: "GoCardless's: PM…, RF…, PO…, SB… or MD…" }),
  registrationId: Type.Optional(RegistrationId()),
  pence: count("pence that are not explained; 0 when no money has moved"),
  ours: Type.String({ description: "what our events say, in a word" }),
  theirs: Type.String({ description: "what GoCardless says, in a word" }),
});

/** Of streams `payment-PO…`, one for each payout, and `payment-reconciliation`: the club's books, not one family's. */
export const bookEvents = [
  define(
    "PayoutRecorded",
    "GoCardless pays the club, or says something else of a payout than before. The last one of a stream counts.",
    {
      payoutId: Type.String({ pattern: "^PO[A-Za-z0-9]{1,62}$" }),
      status: Type.String({ description: "GoCardless's word: pending, paid, bounced" }),
      amountPence: signedPence("what reaches the club's account"),
      feesPence: signedPence("what GoCardless took off before"),
      createdAt: Instant("at GoCardless"),
      arrivalDate: Type.Optional(calendarDay("at the club's bank")),
      reference: Type.Optional(Type.String({ maxLength: 50, description: "on the club's bank statement" })),
      items: Type.Optional(
        Type.Array(
          Type.Object({
            type: Type.String({
              description: "GoCardless's word: payment_paid_out, payment_refunded, gocardless_fee …",
            }),
            amountTenthPence: signedPence("tenths of a penny, positive for the club"),
            paymentId: Type.Optional(paymentId()),
            refundId: Type.Optional(Type.String({ description: "RF…" })),
          }),
          {
            description:
              "their sum, rounded to a penny, is amountPence; fees have one item for each type. Absent when GoCardless gives them no more",
          },
        ),
      ),
      recordedAt: Instant(),
    },
  ),
  define("ReconciliationFinished", "All that GoCardless has of money was compared with our events, penny by penny.", {
    startedAt: Instant(),
    finishedAt: Instant(),
    unexplainedPence: count("pence"),
    unexplained: count("how many things differ, with money or without"),
    compared: Type.Object({
      payments: count(),
      refunds: count(),
      payouts: count(),
      subscriptions: count(),
      mandates: count(),
    }),
    keptPence: signedPence("collected and not given back, by GoCardless's word"),
    repaired: count("facts that were missing and came from GoCardless now"),
    repairedLate: count("of those, how many were older than seven days: they text nobody"),
    removed: count("things of customers whose data were removed at GoCardless"),
    foreign: count("things of the same account that are not Touchline's"),
    differences: Type.Array(difference, { description: "at most a hundred" }),
  }),
] as const;
