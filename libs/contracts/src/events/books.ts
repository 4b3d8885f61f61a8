import { Type } from "typebox";
import { Instant, RegistrationId } from "./define.ts";
import { calendarDay, definePayment as define, paymentId } from "./payment-shapes.ts";

/** Names the stream `payment-reconciliation`. */
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
  id: Type.String({ description: "the id at GoCardless: PM…, RF…, PO…, SB… or MD…" }),
  registrationId: Type.Optional(RegistrationId()),
  pence: count("pence not explained; 0 when no money has moved"),
  ours: Type.String({ description: "what our events say, in a word" }),
  theirs: Type.String({ description: "what GoCardless says, in a word" }),
});

/** The club's books, not one family's: streams `payment-PO…`, one for each payout, and `payment-reconciliation`. */
export const bookEvents = [
  define(
    "PayoutRecorded",
    "GoCardless is paying the club, or has changed what it says about a payout. The last event in the stream counts.",
    {
      payoutId: Type.String({ pattern: "^PO[A-Za-z0-9]{1,62}$" }),
      status: Type.String({ description: "GoCardless's status: pending, paid or bounced" }),
      amountPence: signedPence("what arrives in the club's account"),
      feesPence: signedPence("what GoCardless deducted first"),
      createdAt: Instant("at GoCardless"),
      arrivalDate: Type.Optional(calendarDay("at the club's bank")),
      reference: Type.Optional(Type.String({ maxLength: 50, description: "on the club's bank statement" })),
      items: Type.Optional(
        Type.Array(
          Type.Object({
            type: Type.String({
              description: "GoCardless's type: payment_paid_out, payment_refunded, gocardless_fee …",
            }),
            amountTenthPence: signedPence("tenths of a penny; positive when the club gains"),
            paymentId: Type.Optional(paymentId()),
            refundId: Type.Optional(Type.String({ description: "RF…" })),
          }),
          {
            description:
              "they add up to amountPence, rounded to a penny; there is one item for each type of fee. Absent when GoCardless no longer lists them",
          },
        ),
      ),
      recordedAt: Instant(),
    },
  ),
  define("ReconciliationFinished", "GoCardless's books were compared with our events, to the penny.", {
    startedAt: Instant(),
    finishedAt: Instant(),
    unexplainedPence: count("pence"),
    unexplained: count("how many things differ, whether or not money is involved"),
    compared: Type.Object({
      payments: count(),
      refunds: count(),
      payouts: count(),
      subscriptions: count(),
      mandates: count(),
    }),
    keptPence: signedPence("collected and kept, according to GoCardless"),
    repaired: count("missing facts that were then read from GoCardless"),
    repairedLate: count("of those, how many were older than seven days: they cause no texts"),
    removed: count("records of customers whose data was removed at GoCardless"),
    foreign: count("records in the same account that are not Touchline's"),
    differences: Type.Array(difference, { description: "at most 100" }),
  }),
] as const;
