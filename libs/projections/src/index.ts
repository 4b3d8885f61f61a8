export { positionIn } from "./checkpoint.ts";
export { nextPath, openDatabase, removeDatabase } from "./database.ts";
export { observeProjections } from "./observe.ts";
export { type OnProgress, type Progress, progressLine } from "./progress.ts";
export type { Fold, Projection } from "./projection.ts";
export { type FoldAllOptions, type Folded, rebuild, UnfoldableEvent } from "./rebuild.ts";
export {
  type RunnerOptions,
  type RunningProjection,
  runProjection,
} from "./runner.ts";
export type { ProjectionStatus, ProjectionStopped } from "./status.ts";
export { type Difference, type Verification, verify } from "./verify.ts";
