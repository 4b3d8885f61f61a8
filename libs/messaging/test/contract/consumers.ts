import { DeliverPolicy, nanos } from "nats";
import { beforeEach, describe, expect, test } from "vitest";
import type { Messaging } from "../../src/index.ts";
import { ACK_WAIT_MS, type Open, type OpenedServer, pause, setScene, text } from "./scene.ts";

/** What Touchline expects of consumers, on every implementation. */
export const consumersContract = (implementation: string, open: Open): void => {
  describe(`consumers of ${implementation}`, () => {
    const { publish, code, consumer, info, reader, current } = setScene(open);
    let server: OpenedServer;
    let messaging: Messaging;
    let stream: string;

    beforeEach(() => {
      ({ server, messaging, stream } = current());
    });

    test("a consumer starts at the first message, and later goes on from its place", async () => {
      await publish("a");
      await publish("b", { on: `${stream}.b`, headers: { Colour: "red" } });
      await consumer();
      const first = await reader();
      await expect.poll(first.texts).toEqual(["a", "b"]);
      expect(first.seen[1]).toMatchObject({ subject: `${stream}.b`, seq: 2, info: { deliveryCount: 1 } });
      expect(first.seen[1]?.headers?.get("Colour")).toBe("red");
      for (const message of first.seen) message.ack();
      await publish("c");
      await expect.poll(first.texts).toEqual(["a", "b", "c"]);
      first.seen[2]?.ack();
      await first.stop();
      await publish("d");
      const second = await reader();
      await expect.poll(second.texts).toEqual(["d"]);
      await second.stop();
    });

    test("a consumer sees only the subjects that it wants", async () => {
      await consumer({ filter_subject: `${stream}.b` });
      const { texts, stop } = await reader();
      for (const letter of ["a", "b", "a", "b"]) await publish(letter, { on: `${stream}.${letter}` });
      await expect.poll(texts).toEqual(["b", "b"]);
      await stop();
    });

    test("messages not acknowledged in time are redelivered in order, and deliveries are counted", async () => {
      await consumer();
      const { seen, texts, stop } = await reader();
      for (const payload of ["a", "b", "c"]) await publish(payload);
      await expect.poll(texts).toEqual(["a", "b", "c"]);
      seen[1]?.ack();
      await expect.poll(texts, { timeout: 5 * ACK_WAIT_MS }).toEqual(["a", "b", "c", "a", "c"]);
      expect(seen.map((message) => message.info.deliveryCount)).toEqual([1, 1, 1, 2, 2]);
      expect(await info()).toMatchObject({ num_ack_pending: 2, num_redelivered: 2 });
      // An acknowledgement of the first delivery also counts.
      seen[0]?.ack();
      seen[4]?.ack();
      await pause(ACK_WAIT_MS * 1.5);
      expect(seen).toHaveLength(5);
      expect(await info()).toMatchObject({ num_ack_pending: 0, num_pending: 0, ack_floor: { stream_seq: 3 } });
      await stop();
    });

    test("a message still being worked on is not redelivered", async () => {
      await consumer();
      const { seen, stop } = await reader();
      await publish("a");
      await expect.poll(() => seen.length).toBe(1);
      for (let n = 0; n < 6; n++) {
        await pause(ACK_WAIT_MS / 3);
        seen[0]?.working();
      }
      expect(seen).toHaveLength(1);
      await expect.poll(() => seen.length, { timeout: 5 * ACK_WAIT_MS }).toBe(2);
      await stop();
    });

    test("a postponed message is redelivered at the given time, or at once", async () => {
      await consumer({ ack_wait: nanos(30_000) });
      const { seen, texts, stop } = await reader();
      await publish("a");
      await publish("b");
      await expect.poll(texts).toEqual(["a", "b"]);
      const begun = performance.now();
      seen[0]?.nak(300);
      seen[1]?.nak();
      await expect.poll(texts).toEqual(["a", "b", "b", "a"]);
      expect(performance.now() - begun).toBeGreaterThan(280);
      // Only the first answer counts.
      seen[0]?.ack();
      seen[3]?.nak();
      await expect.poll(texts).toEqual(["a", "b", "b", "a", "a"]);
      await stop();
    });

    test("a message that is given up is never redelivered", async () => {
      await consumer();
      const { seen, stop } = await reader();
      await publish("a");
      await expect.poll(() => seen.length).toBe(1);
      seen[0]?.term();
      await pause(ACK_WAIT_MS * 2);
      expect(seen).toHaveLength(1);
      expect((await info()).num_ack_pending).toBe(0);
      await stop();
    });

    test("a message is redelivered as often as it takes", async () => {
      await consumer({ ack_wait: nanos(30_000), max_deliver: -1 });
      const { seen, stop } = await reader();
      await publish("a");
      for (let n = 1; n <= 20; n++) {
        await expect.poll(() => seen.length).toBe(n);
        seen.at(-1)?.nak();
      }
      await expect.poll(() => seen.at(-1)?.info.deliveryCount).toBe(21);
      await stop();
    });

    test("the number of unacknowledged messages is limited, and redeliveries come first", async () => {
      await consumer({ max_ack_pending: 2 });
      const { seen, texts, stop } = await reader();
      for (const payload of ["a", "b", "c", "d"]) await publish(payload);
      await expect.poll(texts).toEqual(["a", "b"]);
      await pause(100);
      expect(await info()).toMatchObject({ num_ack_pending: 2, num_pending: 2 });
      seen[1]?.nak();
      await expect.poll(texts).toEqual(["a", "b", "b"]);
      seen[0]?.ack();
      await expect.poll(texts).toEqual(["a", "b", "b", "c"]);
      await stop();
    });

    test("with one message at a time, order is kept even when one is postponed", async () => {
      await consumer({ max_ack_pending: 1, ack_wait: nanos(30_000) });
      const readers = [await reader(), await reader()];
      for (const payload of ["a", "b", "c"]) await publish(payload);
      const order: string[] = [];
      const put = new Set<string>();
      await expect
        .poll(() => {
          for (const message of readers.flatMap(({ seen }) => seen.splice(0))) {
            order.push(text(message));
            if (put.has(text(message))) message.ack();
            else message.nak(20);
            put.add(text(message));
          }
          return order.join("");
        })
        .toBe("aabbcc");
      for (const { stop } of readers) await stop();
    });

    test("little is fetched ahead for a reader that does not read", async () => {
      await consumer();
      for (let n = 0; n < 40; n++) await publish(`${n}`);
      const puller = await messaging.js.consumers.get(stream, "durable");
      const pulled = await puller.consume({ max_messages: 8, expires: 5_000, abort_on_missing_resource: true });
      for await (const message of pulled) {
        await pause(200);
        expect([text(message), (await info()).num_ack_pending]).toEqual(["0", 8]);
        break;
      }
    });

    test("instances share the work, and the others take over when one ends", async () => {
      await consumer();
      const other = await server.connect("other");
      const [here, there] = [await reader(messaging, 4), await reader(other, 4)];
      for (let n = 0; n < 20; n++) {
        await publish(`${n}`);
        for (const message of [...here.seen, ...there.seen]) message.ack();
      }
      await expect.poll(() => here.seen.length + there.seen.length).toBe(20);
      expect(Math.min(here.seen.length, there.seen.length)).toBeGreaterThan(0);
      await other.close();
      const before = here.seen.length;
      for (let n = 0; n < 5; n++) await publish("more");
      await expect.poll(() => here.seen.length).toBe(before + 5);
      await here.stop();
    });

    test("another process gets messages that a process did not acknowledge", async () => {
      await consumer();
      const dying = await server.connect("dying");
      const had = await reader(dying);
      await publish("a");
      await expect.poll(had.texts).toEqual(["a"]);
      await dying.close();
      had.seen[0]?.ack();
      const { texts, seen, stop } = await reader();
      await expect.poll(texts, { timeout: 5 * ACK_WAIT_MS }).toEqual(["a"]);
      expect(seen[0]?.info.deliveryCount).toBe(2);
      await stop();
    });

    test("a deleted or purged message is not redelivered, and makes room for others", async () => {
      await consumer({ max_ack_pending: 1 });
      const { texts, stop } = await reader();
      for (const payload of ["a", "b", "c"]) await publish(payload);
      await expect.poll(texts).toEqual(["a"]);
      await messaging.jsm.streams.deleteMessage(stream, 1);
      await expect.poll(texts, { timeout: 5 * ACK_WAIT_MS }).toEqual(["a", "b"]);
      await messaging.jsm.streams.purge(stream);
      await publish("d");
      await expect.poll(texts, { timeout: 5 * ACK_WAIT_MS }).toEqual(["a", "b", "d"]);
      await stop();
    });

    test("a consumer has the latest settings, and keeps its place", async () => {
      await publish("a");
      await consumer({ deliver_policy: DeliverPolicy.New });
      // "Cannot be created" in NATS 2.9, "exists already" since 2.10.
      expect([10012, 10148]).toContain(await code(consumer({ deliver_policy: DeliverPolicy.All })));
      await messaging.jsm.consumers.update(stream, "durable", { max_ack_pending: 7 });
      expect((await info()).config).toMatchObject({ max_ack_pending: 7, ack_wait: nanos(ACK_WAIT_MS) });
      const { texts, stop } = await reader();
      await publish("b");
      await expect.poll(texts).toEqual(["b"]);
      await stop();
      const names: string[] = [];
      for await (const { name: one } of messaging.jsm.consumers.list(stream)) names.push(one);
      expect(names).toEqual(["durable"]);
    });

    test("a reader learns that its stream is gone", async () => {
      await consumer();
      const { errors, ended } = await reader();
      await messaging.jsm.streams.delete(stream);
      await ended;
      expect(errors).toHaveLength(1);
    });

    test("a reader without a name sees what is there now, and every consumer keeps its place", async () => {
      for (const letter of ["a", "b", "a"]) await publish(letter, { on: `${stream}.${letter}` });
      const puller = await messaging.js.consumers.get(stream, { filterSubjects: `${stream}.a` });
      const seqs: number[] = [];
      for await (const { seq } of await puller.fetch({ max_messages: 2, expires: 2_000 })) seqs.push(seq);
      expect(seqs).toEqual([1, 3]);
    });
  });
};
