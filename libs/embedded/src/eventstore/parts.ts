/** The event store in parts, for programs that serve one store through several nodes. */
export { type Listener, listen } from "./listen.ts";
export { openStore } from "./open.ts";
export { commitTimeout, Failure, notLeader, notReady } from "./rpc/failure.ts";
export type { Admission, ArrivingCall, EndPoint, FrontDoor, Member, Role } from "./rpc/front-door.ts";
export { createEventStoreServer, type EventStoreServer } from "./server.ts";
export type { EventStore, ServedStore, WriteListener } from "./store/store.ts";
export type { WriteCommand, WriteOutcome } from "./store/writer.ts";
