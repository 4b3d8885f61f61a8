export { type NoTextReason, noTextReasons, noTextWords } from "./changes/outcome.ts";
export { registrationConfig } from "./config.ts";
export { readHistory, statesOf } from "./read-model/history.ts";
export { registrationsProjection } from "./read-model/projection.ts";
export { createQueries, type Listed, type ListFilter, type ListPage, type Queries } from "./read-model/queries.ts";
export {
  type PaymentStatus,
  paymentStatuses,
  type Row,
  type RowTextStatus,
  rowTextStatuses,
} from "./read-model/row.ts";
