import { Type } from "typebox";
import { Instant } from "./define.ts";
import { definePayment as define, ofLink } from "./payment-shapes.ts";

export const moneyKinds = ["cash", "bank_transfer", "card", "waiver"] as const;
/** How a fee was settled outside GoCardless. */
export type MoneyKind = (typeof moneyKinds)[number];

/** A code of the club's own, such as a receipt's number: nothing personal fits in. */
export const NOTE_CODE = "^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$";

/** What an operator records of money from elsewhere. */
export const moneyRecord = () => ({
  recordId: Type.String({ pattern: "^[A-Za-z0-9-]{1,64}$", description: "of this record; the same for a repeat" }),
  kind: Type.Union([Type.Literal("cash"), Type.Literal("bank_transfer"), Type.Literal("card"), Type.Literal("waiver")]),
  amountPence: Type.Integer({ minimum: 1, description: "pence of the signing-on fee" }),
  note: Type.String({ pattern: NOTE_CODE, description: "the club's code for it, e.g. of a receipt" }),
  undoes: Type.Optional(Type.String({ description: "the recordId that this record takes back" })),
  recordedAt: Instant(),
});

/** Of payment streams: money that does not come through GoCardless. */
export const elsewhereEvents = [
  define(
    "MoneyElsewhereRequested",
    "Money from elsewhere is to count. The open billing request is cancelled first, so that nobody pays twice.",
    ofLink(moneyRecord()),
  ),
  define(
    "MoneyElsewhereRecorded",
    "The fee, or a part of it, was settled outside GoCardless; or that was taken back.",
    ofLink(moneyRecord()),
  ),
  define(
    "MoneyElsewhereRefused",
    "The record does not count.",
    ofLink({
      recordId: Type.String(),
      code: Type.Union([
        Type.Literal("paid", { description: "the fee was paid through the link meanwhile" }),
        Type.Literal("more_than_owed"),
        Type.Literal("not_recorded", { description: "there is nothing to take back" }),
      ]),
      refusedAt: Instant(),
    }),
  ),
] as const;
