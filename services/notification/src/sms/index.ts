export { announcing } from "./announce.ts";
export { recordOutcome } from "./decide.ts";
export { recordReport } from "./report.ts";
export { isText, type SmsState, smsAggregate, type Text } from "./state.ts";
