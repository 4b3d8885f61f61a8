import type { Metadata } from "@grpc/grpc-js";
import { notReady } from "./failure.ts";

/** The roles of nodes, with their numbers in gossip. */
export const ROLES = {
  DiscoverLeader: 1,
  Unknown: 2,
  PreReplica: 3,
  Follower: 6,
  PreLeader: 7,
  Leader: 8,
  Manager: 9,
  ShuttingDown: 10,
} as const;
export type Role = keyof typeof ROLES;

export interface Member {
  readonly instanceId: string;
  readonly role: Role;
  readonly alive: boolean;
  readonly endPoint: EndPoint;
}

export interface EndPoint {
  readonly host: string;
  readonly port: number;
}

export type MethodName =
  | "read"
  | "append"
  | "batchAppend"
  | "delete"
  | "tombstone"
  | "readGossip"
  | "getSupportedMethods";

export interface ArrivingCall {
  readonly method: MethodName;
  /** Whether the client wants only the leader to serve the call. */
  readonly requiresLeader: boolean;
}

/** The call is let in, never answered, or refused with this error. */
export type Admission = "enter" | "hang" | Error;

/** What a node does because of its role among other nodes. The handlers behind it know nothing about roles. */
export interface FrontDoor {
  /** The nodes as this one now sees them. `authority` is the address that the client used. */
  readonly members: (authority: string) => readonly Member[];
  readonly admit: (call: ArrivingCall) => Admission;
}

/** A single node is the leader, and lets every call in until it stops. */
export function singleNode(instanceId: string, endPoint: () => EndPoint): FrontDoor & { close: () => void } {
  let closed = false;
  return {
    members: (authority) => [{ instanceId, role: "Leader", alive: true, endPoint: reachable(endPoint(), authority) }],
    admit: () => (closed ? notReady() : "enter"),
    close: () => {
      closed = true;
    },
  };
}

/** A node that listens on all addresses has no address of its own, so it gives the one that this client used. */
function reachable(endPoint: EndPoint, authority: string): EndPoint {
  if (endPoint.host !== "0.0.0.0" && endPoint.host !== "::") return endPoint;
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(authority) ?? [];
  return host === undefined ? endPoint : { host, port: Number(port) };
}

export const arriving = (method: MethodName, metadata: Metadata): ArrivingCall => ({
  method,
  requiresLeader: metadata.get("requires-leader").some((value) => String(value).toLowerCase() === "true"),
});
