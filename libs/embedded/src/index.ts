export { type LaunchOptions, type RunningEventStore, startEventStore } from "./eventstore/index.ts";
export { findNatsServer, type NatsOptions, type RunningNats, startNats } from "./nats/start-nats.ts";
