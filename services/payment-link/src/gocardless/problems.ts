import { Fault } from "@touchline/contracts";
import type { Refusal } from "../payment/provider.ts";
import type { Problem } from "./errors.ts";

/** GoCardless answered with a success but left out something essential. */
export const oddAnswer = (what: string): Fault =>
  new Fault("provider_unavailable", { detail: `(GoCardless answered with ${what})` });

/** A problem that, by GoCardless's documentation, the call cannot have. */
export const unexpected = (what: string, problem: Problem): Fault =>
  new Fault("provider_unavailable", { detail: `(GoCardless refused ${what}: ${wordsOf(problem)})` });

const wordsOf = (problem: Problem): string =>
  problem.kind === "forbidden" ? `our access token or account may not do this; ${problem.reason}` : problem.kind;

/** For reads: undefined if there is no such thing. */
export const missing = (problem: Problem): undefined => {
  if (problem.kind !== "not_found") throw unexpected("a read", problem);
  return undefined;
};

/** For cancellations: false if there is nothing left to cancel. */
export const noneLeft = (problem: Problem): boolean => {
  if (problem.kind === "invalid_state" || problem.kind === "not_found") return false;
  throw unexpected("a cancellation", problem);
};

/** @throws Fault if GoCardless permits nobody with our token to do this: it is asked again once an operator has seen to that */
export const refusalOf = (what: string, problem: Problem): Refusal => {
  if (problem.kind === "forbidden") throw unexpected(what, problem);
  return noOf(problem);
};

/** A refusal whatever the reason. */
export const noOf = (problem: Problem): Refusal => ({
  refused: problem.kind === "refused" ? problem.type : problem.kind,
  reason: "reason" in problem ? problem.reason : "no reason given",
});
