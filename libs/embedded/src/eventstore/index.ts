export { backup, restore } from "./backup.ts";
export { type LaunchOptions, type RunningEventStore, startEventStore } from "./launch.ts";
export { type Scavenged, scavenge } from "./scavenge.ts";
export { UnusableStore } from "./store/database.ts";
