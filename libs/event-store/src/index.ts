export { connectEventStore, type EventStoreOptions } from "./connect.ts";
export { Refused } from "./connection/call.ts";
export { type Explanation, explain } from "./explain.ts";
export { withFirstStored } from "./first-stored.ts";
export { type FollowOptions, follow } from "./follow.ts";
export { grantReadAll } from "./grant.ts";
export { reportStore } from "./health.ts";
export { identify, identifyWhenUp } from "./identity.ts";
export { type InStep, inStepWith } from "./in-step.ts";
export { type Follower, type Lag, measureLag, observeLag } from "./lag.ts";
export { copyEvents, type Moved, NotACopy } from "./move.ts";
export { markMoved, movedTo } from "./moved.ts";
export { observeEventStore } from "./observe.ts";
export {
  handleOverlooked,
  type OverlookedOptions,
  type RecoveryTimes,
  readRecoveryTimes,
  recoveredCounter,
} from "./overlooked.ts";
export { patienceMs, withPatience } from "./patience.ts";
export { checkPlaces, type Place } from "./places.ts";
export { connectRawStore, type NewRawEvent, type RawEvent, type RawStore } from "./raw-store.ts";
export { createRecoveryWindow } from "./recovery-window.ts";
export { type StreamsWith, streamsWith } from "./streams-with.ts";
export {
  type Aggregate,
  type Cause,
  type Decided,
  type Decision,
  type Known,
  load,
  streamName,
  type Transaction,
  traceOf,
  transact,
} from "./transact.ts";
export type * from "./types.ts";
