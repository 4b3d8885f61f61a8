import { recordFactsWith } from "../payment/decide.ts";
import { paymentAggregateWith } from "../payment/state.ts";
import { goCardlessWords } from "./words.ts";

/** The aggregate of links, with GoCardless's words. */
export const paymentAggregate = paymentAggregateWith(goCardlessWords);

export const recordFacts = recordFactsWith(paymentAggregate.evolve);
