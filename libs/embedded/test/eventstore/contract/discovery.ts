import { EventStoreDBClient } from "@eventstore/db-client";
import gossip from "@eventstore/db-client/generated/gossip_pb.js";
import features from "@eventstore/db-client/generated/serverfeatures_pb.js";
import { Metadata } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { type Node, newStream, rejection, someEvents } from "../support/node.ts";
import { readToEnd, streamRequest } from "../support/raw-read.ts";

const LEADER = 8;

export function discoveryContract(node: Node): void {
  const call = (path: string, metadata = new Metadata()): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const bytes = (message: Buffer): Buffer => message;
      const done = (error: Error | null, value?: Buffer): void =>
        error ? reject(error) : resolve(value ?? Buffer.alloc(0));
      node.raw.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), metadata, done);
    });

  describe("discovery", () => {
    test("lists what the server supports", async () => {
      const path = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";
      const supported = features.SupportedMethods.deserializeBinary(await call(path)).toObject();
      expect(supported.eventStoreServerVersion).toMatch(/^\d+\.\d+\.\d+/);
      const streams = supported.methodsList.filter(
        ({ serviceName }) => serviceName === "event_store.client.streams.streams",
      );
      const named = Object.fromEntries(streams.map(({ methodName, featuresList }) => [methodName, featuresList]));
      expect(Object.keys(named).sort()).toEqual(["append", "batchappend", "delete", "read", "tombstone"]);
      expect(named.batchappend).toContain("deadline_duration");
      expect(named.read).toEqual(expect.arrayContaining(["position", "events"]));
    });

    test("gossip names a leader that is alive", async () => {
      const info = gossip.ClusterInfo.deserializeBinary(
        await call("/event_store.client.gossip.Gossip/Read"),
      ).toObject();
      const leader = info.membersList.find(({ state }) => Number(state) === LEADER);
      expect(leader).toMatchObject({ isAlive: true });
      expect(leader?.httpEndPoint?.port).toBeGreaterThan(0);
    });

    test.each([
      ["by discovery", (address: string) => `esdb+discover://${address}?tls=false`],
      ["as one of several hosts", (address: string) => `esdb://${address},${address}?tls=false`],
    ])("finds the node %s", async (_name, connectionString) => {
      const address = /^esdb:\/\/(?:[^@]*@)?([^?/]+)/.exec(node.url)?.[1] ?? "";
      const client = EventStoreDBClient.connectionString(connectionString(address));
      expect((await client.appendToStream(newStream(), someEvents(1))).success).toBe(true);
      await client.dispose();
    });
  });

  describe("headers", () => {
    const basic = (text: string): Metadata => {
      const metadata = new Metadata();
      metadata.set("authorization", `Basic ${Buffer.from(text).toString("base64")}`);
      return metadata;
    };
    const gossipPath = "/event_store.client.gossip.Gossip/Read";

    test("that ask for the leader or name the connection are accepted", async () => {
      const metadata = basic("admin:changeit");
      metadata.set("requires-leader", "true");
      metadata.set("connection-name", "somebody");
      await call(gossipPath, metadata);
      const { error } = await readToEnd(node, streamRequest(newStream()));
      expect(error).toBeUndefined();
    });
  });

  describe("a service that does not exist", () => {
    test.each([
      "/event_store.client.persistent_subscriptions.PersistentSubscriptions/Nothing",
      "/event_store.client.streams.Streams/Nothing",
      "/nobody.Nothing/Nothing",
    ])("%s is UNIMPLEMENTED", async (path) => {
      expect((await rejection(call(path))).code).toBe(12);
    });
  });
}
