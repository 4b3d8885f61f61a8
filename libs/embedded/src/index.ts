export { findNatsServer, type NatsOptions, type RunningNats, startNats } from "./nats/start-nats.ts";
