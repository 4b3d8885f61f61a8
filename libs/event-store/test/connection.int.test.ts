import streams from "@eventstore/db-client/generated/streams_pb.js";
import { systemRuntime } from "@touchline/service/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseAddress, showEndpoint } from "../src/address.ts";
import { type Connection, createConnection } from "../src/connection/connection.ts";
import { NoLeader } from "../src/explain.ts";
import { type FakeNode, startFakeNode } from "./fake-node.ts";

let nodes: [FakeNode, FakeNode, FakeNode];
let connection: Connection | undefined;
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

beforeEach(async () => {
  nodes = await Promise.all([startFakeNode(), startFakeNode(), startFakeNode()]);
  process.on("unhandledRejection", note);
});

afterEach(async () => {
  await connection?.close();
  await expect.poll(() => nodes.map((node) => node.connections())).toEqual([0, 0, 0]);
  await Promise.all(nodes.map((node) => node.stop()));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

/** Makes every node say that this one leads. */
const elect = (leader: FakeNode | undefined, by: readonly FakeNode[] = nodes) => {
  const members = nodes.map(({ host, port }) => ({ host, port, leads: port === leader?.port }));
  for (const node of by) node.says(members);
};

const open = (hosts: readonly FakeNode[], scheme = "esdb") => {
  connection = createConnection(
    parseAddress(`${scheme}://${hosts.map(showEndpoint).join(",")}?tls=false`),
    systemRuntime(),
  );
  return connection;
};

const portInUse = async (within = 10_000) => (await connection?.node(within))?.endpoint.port;

test.each([
  ["all hosts", "esdb", 3],
  ["one host of a cluster", "esdb", 1],
  ["a host to discover from", "kurrentdb+discover", 1],
])("given %s, the leader is used, and no other node", async (_what, scheme, count) => {
  elect(nodes[2]);
  open(nodes.slice(0, count), scheme);
  expect(await portInUse()).toBe(nodes[2].port);
  await expect.poll(() => nodes.map((node) => node.connections())).toEqual([0, 0, 1]);
});

test("starts with two of three nodes down", async () => {
  await Promise.all([nodes[0].stop(), nodes[1].stop()]);
  elect(nodes[2]);
  open(nodes);
  expect(await portInUse()).toBe(nodes[2].port);
});

test("a node that mentions no others is used as it is", async () => {
  nodes[0].says("unimplemented");
  open([nodes[0]]);
  expect(await portInUse()).toBe(nodes[0].port);
  await expect.poll(() => nodes[0].asked(), { timeout: 10_000 }).toBeGreaterThan(2);
  expect(connection?.failure()).toBeUndefined();
});

test("a single node is used at the address we know it by", async () => {
  nodes[0].says([{ host: "inside.example", port: 1, leads: true }]);
  open([nodes[0]], "esdb+discover");
  expect(await portInUse()).toBe(nodes[0].port);
});

test("calls wait for an election, and end in a fault if no leader is elected in time", async () => {
  elect(undefined);
  open(nodes);
  await expect(connection?.node(500)).rejects.toMatchObject({ code: "event_store_unavailable" });
  expect(connection?.failure()).toBeInstanceOf(NoLeader);
  const waiting = portInUse();
  elect(nodes[1]);
  expect(await waiting).toBe(nodes[1].port);
});

test("an abort ends the wait for a node", async () => {
  open(nodes);
  const ending = new AbortController();
  const waiting = connection?.node(60_000, ending.signal);
  ending.abort();
  await expect(waiting).rejects.toMatchObject({ name: "Fault" });
});

test("a node that no longer leads is left, and calls open on it end", async () => {
  elect(nodes[0]);
  open(nodes);
  const node = await connection?.node(10_000);
  expect(node?.endpoint.port).toBe(nodes[0].port);
  elect(nodes[1]);
  await expect.poll(() => node?.signal.aborted, { timeout: 5_000 }).toBe(true);
  expect(await portInUse()).toBe(nodes[1].port);
  await expect.poll(() => nodes.map((one) => one.connections())).toEqual([0, 1, 0]);
});

test("a node that falls silent is left for the new leader", async () => {
  elect(nodes[0]);
  open(nodes);
  const node = await connection?.node(10_000);
  nodes[0].says("nothing");
  elect(nodes[1], nodes.slice(1));
  await expect.poll(() => node?.signal.aborted, { timeout: 10_000 }).toBe(true);
  expect(await portInUse()).toBe(nodes[1].port);
});

test("a node whose gossip is silent is kept for as long as it answers other calls", async () => {
  elect(nodes[0]);
  open(nodes);
  const node = await connection?.node(10_000);
  if (!node) throw new Error("no node");
  nodes[0].says("nothing");
  const asked = nodes[0].asked();
  const asking = setInterval(() => {
    // This node serves no streams, and answers that.
    node.track(node.streams.delete(new streams.DeleteReq(), () => {}));
  }, 100);
  await expect.poll(() => nodes[0].asked(), { timeout: 20_000 }).toBeGreaterThan(asked + 4);
  expect(node.signal.aborted).toBe(false);
  clearInterval(asking);
  await expect.poll(() => node.signal.aborted, { timeout: 10_000 }).toBe(true);
});

test("a connection that leads nowhere, while new ones work, is replaced", async () => {
  elect(nodes[0], [nodes[0]]);
  nodes[0].says([{ ...nodes[0], leads: true }]);
  open([nodes[0]]);
  const node = await connection?.node(10_000);
  nodes[0].forget();
  await expect.poll(() => node?.signal.aborted, { timeout: 10_000 }).toBe(true);
  const next = await connection?.node(10_000);
  expect(next?.signal.aborted).toBe(false);
});

test("a failure that was already noticed does not end the next connection", async () => {
  elect(nodes[0]);
  open(nodes);
  const node = await connection?.node(10_000);
  if (!node) throw new Error("no node");
  connection?.leave(node, new Error("first"));
  const next = await connection?.node(10_000);
  connection?.leave(node, new Error("late"));
  expect(await connection?.node(10_000)).toBe(next);
});

test("closing while a connection is being opened leaves no connection behind", async () => {
  elect(nodes[0]);
  for (let turns = 0; turns < 4; turns++) {
    const closed = open(nodes);
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    await closed.close();
  }
  // Connections are made in order, so this one comes after any that were left behind.
  await open(nodes).node(10_000);
  await expect.poll(() => nodes.map((node) => node.connections())).toEqual([1, 0, 0]);
});
