export { type Clue, findRegistrations, readClue } from "./find.ts";
export { readOptOuts } from "./opt-outs.ts";
export { type ReadOptions, readStory } from "./read.ts";
export { type Line, type Show, tell } from "./tell.ts";
export { textIdsOf } from "./text-ids.ts";
export { londonDay, londonMidnight, londonTime, plural, pounds } from "./words.ts";
