import { Fault } from "@touchline/contracts";
import { beforeEach, describe, expect, test } from "vitest";
import type { Messaging } from "../../src/index.ts";
import { ACK_WAIT_MS, type Open, type OpenedServer, pause, setScene, text } from "./scene.ts";

/** What Touchline expects of requests and of broken connections, on every implementation. */
export const connectionsContract = (implementation: string, open: Open): void => {
  describe(`connections of ${implementation}`, () => {
    const { publish, state, consumer, info, reader, current } = setScene(open);
    let server: OpenedServer;
    let messaging: Messaging;
    let stream: string;
    let subject: string;

    beforeEach(() => {
      ({ server, messaging, stream, subject } = current());
    });

    test("a request is answered by one of the responders on its subject, or by nobody if there are none", async () => {
      const ending = new AbortController();
      const other = await server.connect("other");
      const ask = (timeoutMs = 5_000) =>
        messaging.request<{ by: string; colour?: string; said: string }>(
          `${stream}-asked.x`,
          Buffer.from("hello"),
          { Colour: "red" },
          timeoutMs,
        );
      expect(await ask()).toBeUndefined();
      let silent = false;
      const serving = [messaging, other].map((one, n) =>
        one.serve(
          `${stream}-asked.*`,
          "queue",
          ending.signal,
          ({ data, header }) =>
            silent
              ? new Promise(() => {})
              : Promise.resolve({ by: `${n}`, colour: header("colour"), said: text({ data }) }),
          () => {},
        ),
      );
      await other.check();
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
      expect(new Set(answers.map((answer) => answer?.by))).toEqual(new Set(["0", "1"]));
      expect(answers[0]).toMatchObject({ colour: "red", said: "hello" });
      silent = true;
      await expect(ask(200)).rejects.toThrow(Fault);
      ending.abort();
      await other.close();
      await Promise.race([Promise.all(serving), pause(100)]);
    });

    test("an answer that fails is reported, and later requests are answered", async () => {
      const ending = new AbortController();
      const broken: unknown[] = [];
      const answers = [() => Promise.reject(new Error("once")), async () => "well"];
      const answer = () => (answers.shift() ?? (async () => "well"))();
      const subject = `${stream}-failing`;
      const serving = messaging.serve(subject, "queue", ending.signal, answer, (error) => broken.push(error));
      const ask = () => messaging.request(subject, new Uint8Array(), {}, 200).catch(() => "late");
      await expect.poll(ask).toBe("well");
      expect(broken).toEqual([new Error("once")]);
      ending.abort();
      await serving;
    });

    test("a server that comes back still has everything stored, and readers go on", async () => {
      await consumer();
      const { seen, texts, stop } = await reader();
      await publish("a", { msgId: "a" });
      await publish("b");
      await expect.poll(texts).toEqual(["a", "b"]);
      seen[0]?.ack();
      await expect.poll(async () => (await info()).num_ack_pending).toBe(1);
      const timesOfA = () => texts().filter((one) => one === "a").length;
      const before = timesOfA();
      await server.stop();
      await expect.poll(() => messaging.connected).toBe(false);
      expect(await messaging.check()).toBe("not connected");
      seen[1]?.ack();
      await server.start();
      await expect.poll(() => messaging.connected).toBe(true);
      expect(await messaging.check()).not.toBe("not connected");
      expect(await state()).toMatchObject({ messages: 2, last_seq: 2 });
      await publish("c");
      await expect.poll(texts, { timeout: 10 * ACK_WAIT_MS }).toEqual(expect.arrayContaining(["a", "b", "b", "c"]));
      expect(timesOfA()).toBe(before);
      await stop();
    });

    test("a closed connection refuses calls", async () => {
      const closed = await server.connect("closed");
      await closed.close();
      expect(closed.connected).toBe(false);
      await expect(closed.publish(subject, "a")).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    });
  });
};
