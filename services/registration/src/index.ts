export {
  type NoTextReason,
  noReminderReasons,
  noReminderWords,
  noTextReasons,
  noTextWords,
} from "./changes/outcome.ts";
export { registrationConfig, retentionMonths } from "./config.ts";
export {
  type Books,
  createBooks,
  type LedgerFilter,
  ledgerCsv,
  ledgerSums,
  sumNames,
  sumTotals,
  type Total,
} from "./read-model/books.ts";
export { readHistory, statesOf } from "./read-model/history.ts";
export { registrationsProjection } from "./read-model/projection.ts";
export {
  createQueries,
  type Listed,
  type ListFilter,
  type ListPage,
  type Queries,
  sorts,
} from "./read-model/queries.ts";
export { type Row, type RowTextStatus, rowTextStatuses } from "./read-model/row.ts";
export { traits } from "./read-model/traits.ts";
export { type Kept, keptFamily, keptLongEnough } from "./retention/list.ts";
export { type Said, viewsAt } from "./time-machine/views-at.ts";
