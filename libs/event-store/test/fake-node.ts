import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { GossipService } from "@eventstore/db-client/generated/gossip_grpc_pb.js";
import gossip from "@eventstore/db-client/generated/gossip_pb.js";
import { type Metadata, Server, ServerCredentials, type sendUnaryData, status } from "@grpc/grpc-js";
import type { Endpoint } from "../src/address.ts";

export interface Member extends Endpoint {
  readonly leads: boolean;
}

/** A node that serves only gossip, behind a front door that can lose its connections. */
export interface FakeNode extends Endpoint {
  /** Sets what it says next. "nothing" leaves the call open; "unimplemented" is an old server's answer. */
  says(members: readonly Member[] | "nothing" | "unimplemented"): void;
  /** How often it was asked. */
  asked(): number;
  /** The number of open connections. */
  connections(): number;
  /** From now on, open connections silently carry nothing; new ones work. */
  forget(): void;
  stop(): Promise<void>;
}

const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;

export interface FakeNodeOptions {
  readonly security?: ServerCredentials;
  /** The `user:password` that calls must send. */
  readonly login?: string;
}

export const startFakeNode = async ({
  security = ServerCredentials.createInsecure(),
  login,
}: FakeNodeOptions = {}): Promise<FakeNode> => {
  const authorization = login && `Basic ${Buffer.from(login).toString("base64")}`;
  let said: readonly Member[] | "nothing" | "unimplemented" = [];
  let asked = 0;
  const server = new Server();
  server.addService(GossipService, {
    read: ({ metadata }: { metadata: Metadata }, answer: sendUnaryData<gossip.ClusterInfo>) => {
      asked++;
      if (authorization && metadata.get("authorization")[0] !== authorization)
        return answer({ code: status.UNAUTHENTICATED, details: "" });
      if (said === "nothing") return;
      if (said === "unimplemented") return answer({ code: status.UNIMPLEMENTED, details: "" });
      const cluster = new gossip.ClusterInfo();
      for (const one of said) cluster.addMembers(memberInfo(one));
      answer(null, cluster);
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", security, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  const door = await openDoor(port);
  return {
    host: "127.0.0.1",
    port: door.port,
    says: (members) => {
      said = members;
    },
    asked: () => asked,
    connections: () => door.connections(),
    forget: () => door.forget(),
    stop: async () => {
      server.forceShutdown();
      await door.close();
    },
  };
};

const memberInfo = ({ host, port, leads }: Member) => {
  const address = new gossip.EndPoint();
  address.setAddress(host).setPort(port);
  const member = new gossip.MemberInfo();
  return member
    .setState(leads ? LEADER : FOLLOWER)
    .setIsAlive(true)
    .setHttpEndPoint(address);
};

export interface Door {
  readonly port: number;
  connections(): number;
  forget(): void;
  close(): Promise<void>;
}

/** Forwards connections to a port. */
const openDoor = async (to: number): Promise<Door> => {
  const sockets = new Set<Socket>();
  const forgotten = new Set<Socket>();
  const door = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    sockets.add(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    near.on("close", () => sockets.delete(near));
    near.pipe(far).pipe(near);
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  return {
    port: (door.address() as { port: number }).port,
    connections: () => sockets.size,
    forget: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
        forgotten.add(socket);
      }
      sockets.clear();
    },
    close: async () => {
      for (const socket of [...sockets, ...forgotten]) socket.destroy();
      await new Promise((resolve) => door.close(resolve));
    },
  };
};
