import { Fault } from "@touchline/contracts";
import type { Refusal } from "../payment/provider.ts";
import type { Problem } from "./errors.ts";

/** GoCardless answered with a success but left out something essential. */
export const oddAnswer = (what: string): Fault =>
  new Fault("provider_unavailable", { detail: `(GoCardless answered with ${what})` });

/** A problem that, by GoCardless's documentation, the call cannot have. */
export const unexpected = (what: string, problem: Problem): Fault =>
  new Fault("provider_unavailable", { detail: `(GoCardless refused ${what}: ${problem.kind})` });

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

export const refusalOf = (problem: Problem): Refusal => ({
  refused: problem.kind === "refused" ? problem.type : problem.kind,
  reason: "reason" in problem ? problem.reason : "no reason given",
});
