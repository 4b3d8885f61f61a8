export { actorName, describeEvent, type TimelineEntry } from "./describe.ts";
export { failureWords } from "./failure-words.ts";
export { type Clue, findRegistrations, readClue } from "./find.ts";
export { findLink } from "./find-link.ts";
export {
  moneyKindWords,
  moneyRefusals,
  recordRefusalWords,
  refundRefusalWords,
  refundReturnedWords,
} from "./money-words.ts";
export { readOptOuts } from "./opt-outs.ts";
export { type ReadOptions, readTimeline } from "./read.ts";
export { plural, pounds } from "./words.ts";
