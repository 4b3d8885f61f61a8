export {
  backup,
  type LaunchOptions,
  type RunningEventStore,
  restore,
  type Scavenged,
  scavenge,
  startEventStore,
  UnusableStore,
} from "./eventstore/index.ts";
export { freePort, isFreePort } from "./free-port.ts";
export { findNatsServer, type NatsOptions, type RunningNats, startNats } from "./nats/start-nats.ts";
