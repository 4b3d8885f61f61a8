import { Fault } from "@touchline/contracts";
import type { Refusal } from "../payment/provider.ts";
import type { Problem } from "./errors.ts";

/** GoCardless answered with a success that lacks what it is about. */
export const oddAnswer = (what: string): Fault =>
  new Fault("provider_unavailable", { detail: `(GoCardless answered with ${what})` });

/** A problem that a call never leads to, as far as GoCardless documents it. */
export const unexpected = (what: string, problem: Problem): Fault =>
  new Fault("provider_unavailable", { detail: `(GoCardless will not give ${what}: ${problem.kind})` });

/** For reads: undefined when there is no such thing. */
export const missing = (problem: Problem): undefined => {
  if (problem.kind !== "not_found") throw unexpected("the thing asked for", problem);
  return undefined;
};

/** For cancellations: false when there is nothing left to cancel. */
export const noneLeft = (problem: Problem): boolean => {
  if (problem.kind === "invalid_state" || problem.kind === "not_found") return false;
  throw unexpected("cancel", problem);
};

export const refusalOf = (problem: Problem): Refusal => ({
  refused: problem.kind === "refused" ? problem.type : problem.kind,
  reason: "reason" in problem ? problem.reason : "no reason given",
});
