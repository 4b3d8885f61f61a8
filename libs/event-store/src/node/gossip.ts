import gossip from "@eventstore/db-client/generated/gossip_pb.js";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import { type ServiceError, status } from "@grpc/grpc-js";
import type { Endpoint } from "../address.ts";
import type { StoreNode } from "./open.ts";

/** A node as seen by another node or by itself. */
export interface Member {
  readonly endpoint: Endpoint;
  readonly leads: boolean;
}

/** The nodes that a node believes to be alive; "untold" when it answers but mentions no others. */
export type Gossip = readonly Member[] | "untold";

const { LEADER } = gossip.MemberInfo.VNodeState;

/** Asks a node which nodes it knows. Rejects when it does not answer in time, or refuses us. */
export const readGossip = (node: StoreNode, timeoutMs: number): Promise<Gossip> =>
  new Promise((resolve, reject) => {
    const options = { deadline: node.deadline(timeoutMs) };
    node.track(
      node.gossip.read(new shared.Empty(), node.metadata, options, (error, cluster) => {
        if (!error) resolve(cluster.getMembersList().flatMap(memberFrom));
        else if (refusesGossip(error)) resolve("untold");
        else reject(error);
      }),
    );
  });

const refusesGossip = ({ code }: ServiceError): boolean =>
  code === status.UNIMPLEMENTED || code === status.PERMISSION_DENIED;

const memberFrom = (member: gossip.MemberInfo): Member[] => {
  const address = member.getHttpEndPoint();
  if (!address || !member.getIsAlive()) return [];
  const endpoint = { host: address.getAddress().toLowerCase(), port: address.getPort() };
  return [{ endpoint, leads: member.getState() === LEADER }];
};
