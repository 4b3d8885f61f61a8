export { connectEventStore, type EventStoreOptions } from "./connect.ts";
export { type Explanation, explain } from "./explain.ts";
export { type FollowOptions, follow } from "./follow.ts";
export { type InStep, inStepWith } from "./in-step.ts";
export { type Follower, type Lag, measureLag, observeLag } from "./lag.ts";
export { observeEventStore } from "./observe.ts";
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
