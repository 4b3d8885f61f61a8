export { openDatabase, removeDatabase } from "./database.ts";
export type { Projection } from "./projection.ts";
export { type ProjectionStatus, type RunnerOptions, type RunningProjection, runProjection } from "./runner.ts";
