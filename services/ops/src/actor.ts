import { actors } from "@touchline/contracts";
import { createPeople, type Operator, readOperators } from "@touchline/registration/people";
import type { OpsConfig } from "./config.ts";

/** Who runs the command, for events that it stores itself: the operator of the token, if it is in the file here. */
export const actorOf = ({ operatorsPath, operatorToken }: OpsConfig): string =>
  (operatorToken && createPeople(() => operatorsIn(operatorsPath), undefined).byToken(operatorToken)?.id) ||
  actors.localCli;

/** Names for timelines. The file may be on another machine: then an operator has no name here. */
export const namesFrom = ({ operatorsPath }: OpsConfig): ((operatorId: string) => string | undefined) => {
  const operators = operatorsIn(operatorsPath);
  if (operators.length === 0) return () => "an operator";
  return (operatorId) => operators.find(({ id }) => id === operatorId)?.name;
};

/** A timeline is shown, and a store recovered, without them too. */
const operatorsIn = (path: string): readonly Operator[] => {
  try {
    return readOperators(path);
  } catch {
    return [];
  }
};
