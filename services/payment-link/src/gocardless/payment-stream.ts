import { recordFactsWith } from "../payment/decide.ts";
import { paymentAggregateWith } from "../payment/state.ts";
import { goCardlessWords } from "./words.ts";

/** Links, as their events with GoCardless's words make them. */
export const paymentAggregate = paymentAggregateWith(goCardlessWords);

export const recordFacts = recordFactsWith(paymentAggregate.evolve);
