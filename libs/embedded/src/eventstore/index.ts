export { type LaunchOptions, type RunningEventStore, startEventStore } from "./launch.ts";
