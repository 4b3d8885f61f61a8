import type { NumberProblem, TextFailure } from "@touchline/contracts";

const NUMBER_PROBLEMS: Readonly<Partial<Record<TextFailure, NumberProblem>>> = {
  number_invalid: "refused",
  number_not_mobile: "refused",
  number_not_in_service: "refused",
  number_unreachable: "unreachable",
  network_failure: "unreachable",
};

/** What a failure says about the number itself. An opt-out is about its owner, so it is not one. */
export const numberProblemOf = (failure: TextFailure): NumberProblem | undefined => NUMBER_PROBLEMS[failure];
