export { type ClusterOptions, startCluster } from "./cluster.ts";
export type { Answer, CommandName } from "./commands.ts";
export { DELAYS } from "./delays.ts";
export { type LaunchClusterOptions, type LaunchedCluster, launchCluster } from "./launch.ts";
export { type RealClusterOptions, startRealCluster } from "./real.ts";
export type { Cluster, StandInCluster } from "./types.ts";
