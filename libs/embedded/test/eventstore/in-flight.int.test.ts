import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Node as ServedNode, startNode } from "../../src/eventstore/node.ts";
import { openStore } from "../../src/eventstore/open.ts";
import type { EventStore } from "../../src/eventstore/store/store.ts";
import { embedded } from "./support/embedded.ts";
import { collect, Node, newStream, someEvents } from "./support/node.ts";
import { empty, kindOf, RawSubscription, streamRequest, subscription } from "./support/raw-read.ts";

/** What readers see while events are committed that may still be lost. */
describe("events in flight", () => {
  const { folder } = embedded();
  const node = new Node();
  let store: EventStore;
  let served: ServedNode;
  /** Undefined: commits are published at once. */
  let held: (() => void)[] | undefined;
  const hold = () => {
    held = [];
  };
  const release = () => {
    for (const publish of held ?? []) publish();
    held = undefined;
  };

  beforeEach(async () => {
    store = await openStore({
      folder: await folder(),
      fatal: (error) => {
        throw error;
      },
      warn: () => {},
      replicate: (publish) => (held === undefined ? publish() : held.push(publish)),
    });
    const credentials = { username: "admin", password: "changeit" };
    const endPoint = { host: "127.0.0.1", port: 0 };
    served = await startNode(store, { ...endPoint, maxAppendSize: 2 ** 20, credentials, advertise: undefined });
    node.connect(`esdb://127.0.0.1:${served.port}?tls=false`);
  });

  afterEach(async () => {
    release();
    await node.disconnect();
    await served.stop();
    await store.close();
  });

  /** Resolves once the write is in flight. */
  const inFlight = async (write: Promise<unknown>): Promise<{ done: Promise<unknown> }> => {
    await expect.poll(() => held?.length).toBe(1);
    return { done: write };
  };
  const read = async (stream: string, options = {}) =>
    (await collect(node.client.readStream(stream, options))).map(({ event }) => Number(event?.revision));
  const fromEnd = (stream: string) =>
    new RawSubscription(
      node,
      streamRequest(stream, (options) => {
        options.setSubscription(subscription());
        options.getStream()?.setEnd(empty());
      }),
    );

  test("reach a subscription that starts from the end", async () => {
    const stream = newStream();
    await node.client.appendToStream(stream, someEvents(1));
    hold();
    const { done } = await inFlight(node.client.appendToStream(stream, someEvents(2)));
    const live = fromEnd(stream);
    await live.until((frames) => frames.map(kindOf).includes("caught-up"));
    release();
    await done;
    await live.until((frames) => frames.filter((frame) => frame.hasEvent()).length === 2);
    live.cancel();
    expect(live.frames.slice(2).map((frame) => frame.getEvent()?.getEvent()?.getStreamRevision())).toEqual(["1", "2"]);
  });

  test.each([
    ["a tombstone", (stream: string) => node.client.tombstoneStream(stream)],
    ["a deletion", (stream: string) => node.client.deleteStream(stream)],
    ["metadata", (stream: string) => node.client.setStreamMetadata(stream, { truncateBefore: 2 })],
    ["events", (stream: string) => node.client.appendToStream(stream, someEvents(1))],
  ])("do not affect readers before they are visible: %s", async (_name, write) => {
    const stream = newStream();
    const links = newStream();
    const link = { id: crypto.randomUUID(), type: "$>", data: Buffer.from(`-1@${stream}`) };
    await node.client.appendToStream(stream, someEvents(2));
    await node.client.appendToStream(links, { ...link, contentType: "application/octet-stream", metadata: undefined });
    hold();
    const { done } = await inFlight(write(stream));
    expect(await read(stream)).toEqual([0, 1]);
    expect(await read(links, { resolveLinkTos: true })).toEqual([1]);
    const live = fromEnd(stream);
    await live.until((frames, error) => error !== undefined || frames.map(kindOf).includes("caught-up"));
    live.cancel();
    expect(live.error).toBeUndefined();
    release();
    await done;
    expect(await read(stream).catch(({ type }) => type)).not.toEqual([0, 1]);
  });
});
