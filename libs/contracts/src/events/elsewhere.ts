import { Type } from "typebox";
import { Instant } from "./define.ts";
import { definePayment as define, ofLink } from "./payment-shapes.ts";

export const moneyKinds = ["cash", "bank_transfer", "card", "waiver"] as const;
/** How a fee was settled outside GoCardless. */
export type MoneyKind = (typeof moneyKinds)[number];

/** The club's own code, such as a receipt number. It has no room for personal data. */
export const NOTE_CODE = "^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$";

/** What an operator records about money from elsewhere. */
export const moneyRecord = () => ({
  recordId: Type.String({
    pattern: "^[A-Za-z0-9-]{1,64}$",
    description: "identifies this record; a repeat has the same id",
  }),
  kind: Type.Union([Type.Literal("cash"), Type.Literal("bank_transfer"), Type.Literal("card"), Type.Literal("waiver")]),
  amountPence: Type.Integer({ minimum: 1, description: "pence of the signing-on fee" }),
  note: Type.String({ pattern: NOTE_CODE, description: "the club's own code, such as a receipt number" }),
  undoes: Type.Optional(Type.String({ description: "the recordId of the record that this one undoes" })),
  recordedAt: Instant(),
});

/** In payment streams: money that does not come through GoCardless. */
export const elsewhereEvents = [
  define(
    "MoneyElsewhereRequested",
    "Money from elsewhere is about to be recorded. The open billing request is cancelled first, so that nobody pays twice.",
    ofLink(moneyRecord()),
  ),
  define(
    "MoneyElsewhereRecorded",
    "All or part of the fee was settled outside GoCardless, or such a record was undone.",
    ofLink(moneyRecord()),
  ),
  define(
    "MoneyElsewhereRefused",
    "The record of money does not count.",
    ofLink({
      recordId: Type.String(),
      code: Type.Union([
        Type.Literal("paid", { description: "the fee was paid through the link meanwhile" }),
        Type.Literal("more_than_owed"),
        Type.Literal("not_recorded", { description: "there is nothing to undo" }),
      ]),
      refusedAt: Instant(),
    }),
  ),
] as const;
