export { findOperator, OPERATOR_TEXT_MAX, type Operator, withoutToken, withToken } from "./operators.ts";
export { operatorsPath, readOperators, writeOperators } from "./operators-file.ts";
export { createPeople, sha256 } from "./people.ts";
export { type Role, roles } from "./roles.ts";
