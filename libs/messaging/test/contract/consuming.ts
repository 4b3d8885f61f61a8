import { Fault } from "@touchline/contracts";
import { createMetrics } from "@touchline/service";
import { AckPolicy, DeliverPolicy } from "nats";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type ConsumeOptions,
  consume,
  type Delivery,
  deadLetterDepth,
  dropDeadLetter,
  ensureStreams,
  type KeptMessage,
  listDeadLetters,
  type Messaging,
  observeDeadLetters,
  redriveDeadLetter,
  type Settlement,
  showDeadLetter,
  sweep,
  walkMessages,
} from "../../src/index.ts";
import { type Open, type OpenedServer, text } from "./scene.ts";

/** What consumers, dead letters, walks and sweeps must do, on every implementation of NATS. */
export const consumingContract = (implementation: string, open: Open): void => {
  describe(`consuming from ${implementation}`, () => {
    let server: OpenedServer;
    let messaging: Messaging;
    let ending: AbortController;
    let running: Promise<void>[];

    beforeAll(async () => {
      server = await open();
      messaging = await server.connect("test");
      await ensureStreams(messaging);
      await messaging.jsm.streams.add({ name: "TESTS", subjects: ["tests.>"] });
    });

    afterAll(async () => {
      await messaging?.close();
      await server?.close();
    });

    beforeEach(() => {
      ending = new AbortController();
      running = [];
    });

    afterEach(async () => {
      ending.abort();
      await Promise.all(running);
    });

    let count = 0;
    /** Starts a separate consumer on a separate subject, and keeps its deliveries. */
    const start = (handle: (delivery: Delivery) => Promise<Settlement>, more: Partial<ConsumeOptions> = {}) => {
      const name = `test-${++count}`;
      const seen: Delivery[] = [];
      const options: ConsumeOptions = {
        stream: "TESTS",
        durable: name,
        filter: `tests.${name}`,
        maxFailures: 2,
        signal: ending.signal,
        ...more,
        handle: (delivery) => {
          seen.push(delivery);
          return handle(delivery);
        },
      };
      running.push(consume(messaging, options));
      const publish = (payload: string, headers = {}) =>
        messaging.publish(`tests.${name}`, payload, { headers, msgId: `${name}/${payload}` });
      return { name, seen, publish, options };
    };

    const lettersOf = (durable: string) => listDeadLetters(messaging, { durable });

    test("CHAT takes only the subjects that exist, even if it used to take every one", async () => {
      const { jsm } = messaging;
      const subjects = async () => (await jsm.streams.info("CHAT")).config.subjects;
      const ours = ["chat.registration.completed.v1", "chat.registration.accepted.v1", "chat.registration.refused.v1"];
      expect(await subjects()).toEqual(ours);
      await expect(messaging.publish("chat.registration.complete.v1", "{}")).rejects.toThrow("503");
      const { config } = await jsm.streams.info("CHAT");
      await jsm.streams.update("CHAT", { ...config, subjects: ["chat.>"] });
      await messaging.publish("chat.registration.completed.v1", "{}");
      await ensureStreams(messaging);
      const { config: updated, state } = await jsm.streams.info("CHAT");
      expect([updated.subjects, state.messages]).toEqual([ours, 1]);
      await jsm.streams.update("CHAT", { ...config, subjects: ["chat.>", "chats.>"] });
      await ensureStreams(messaging);
      expect(await subjects()).toEqual(["chat.>", "chats.>"]);
      // No work is waiting for the stream whose subject is then taken.
      await expect(ensureStreams(messaging, ["CHANGES"])).rejects.toThrow("overlap");
      await jsm.streams.update("CHAT", config);
    });

    test("a message is handled once, with its headers, id and time", async () => {
      const { seen, publish } = start(async () => "done");
      await publish("hello", { Colour: "red" });
      await expect.poll(() => seen.length).toBe(1);
      const [delivery] = seen;
      expect(seen.map(text)).toEqual(["hello"]);
      expect(delivery?.deliveries).toBe(1);
      expect(delivery?.header("Colour")).toBe("red");
      expect(delivery?.header("Nats-Msg-Id")).toMatch(/hello$/);
      expect(delivery?.header("Absent")).toBeUndefined();
    });

    test("a header is found whatever case its publisher used", async () => {
      const { seen, publish } = start(async () => "done");
      await publish("hello", { "content-type": "text/plain", colour: "red", Colour: "blue" });
      await expect.poll(() => seen.length).toBe(1);
      expect(seen[0]?.header("Content-Type")).toBe("text/plain");
      expect(seen[0]?.header("Colour")).toBe("blue");
    });

    test("a durable consumer that somebody created again at another place goes on from there", async () => {
      const name = `test-${count + 1}`;
      await messaging.jsm.consumers.add("TESTS", {
        durable_name: name,
        filter_subject: `tests.${name}`,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.New,
      });
      const { seen } = start(async () => "done");
      await messaging.publish(`tests.${name}`, new TextEncoder().encode("{}"));
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1);
    });

    test("a sweep deletes doomed messages, and reads headers as consumers do", async () => {
      const name = `swept-${++count}`;
      const publish = (payload: string, headers: Record<string, string>) =>
        messaging.publish(`tests.${name}`, payload, { headers, msgId: `${name}/${payload}` });
      await publish("kept", { colour: "blue" });
      await publish("doomed", { Colour: "red" });
      const seen: (string | undefined)[] = [];
      const isDoomed = ({ header }: KeptMessage) => {
        seen.push(header("Colour"));
        return header("Colour") === "red";
      };
      expect(await sweep(messaging, "TESTS", `tests.${name}`, isDoomed)).toBe(1);
      expect(await sweep(messaging, "TESTS", `tests.${name}`, isDoomed)).toBe(0);
      expect(seen).toEqual(["blue", "red", "blue"]);
    });

    test("a message is redelivered for as long as a fault lasts, however often it fails", async () => {
      const { seen, publish, name } = start(async ({ deliveries }) => {
        if (deliveries <= 3) throw new Fault("provider_unavailable");
        return "done";
      });
      await publish("x");
      await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(4);
      expect(await lettersOf(name)).toEqual([]);
    });

    test("after any number of faults, the first unexpected error parks nothing", async () => {
      const { seen, publish, name } = start(async ({ deliveries }) => {
        if (deliveries <= 3) throw new Fault("provider_unavailable");
        if (deliveries === 4) throw new TypeError("once");
        return "done";
      });
      await publish("x");
      await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(5);
      expect(await lettersOf(name)).toEqual([]);
    });

    test("a message that keeps failing is parked with its reason, and later messages are handled", async () => {
      const settled: Settlement[] = [];
      const { name, seen, publish } = start(
        async (delivery) => {
          if (text(delivery) === "bad") throw new TypeError("cannot text +447700900123");
          return "done";
        },
        { onSettled: (settlement) => settled.push(settlement) },
      );
      await publish("bad", { Colour: "red" });
      await publish("good");
      await expect.poll(() => lettersOf(name).then((letters) => letters.length), { timeout: 20_000 }).toBe(1);
      expect(seen.map(text)).toContain("good");
      expect(settled).toContain("poison");
      const [letter] = await lettersOf(name);
      expect(letter).toMatchObject({
        durable: name,
        stream: "TESTS",
        subject: `tests.${name}`,
        reason: "cannot text [phone]",
        deliveries: 2,
        headers: { Colour: "red", "Nats-Msg-Id": `${name}/bad` },
      });
      expect(letter?.stack).toContain("TypeError");
      expect(letter?.stack).not.toContain("900123");
      expect(Date.parse(letter?.firstFailureAt ?? "")).toBeLessThan(Date.parse(letter?.lastFailureAt ?? ""));
      expect((await deadLetterDepth(messaging)).get(name)).toBe(1);
      const metrics = createMetrics("test");
      observeDeadLetters(metrics, messaging, [name, "other"]);
      const shown = await metrics.registry.metrics();
      expect(shown).toContain(`touchline_dead_letters{durable="${name}",service="test"} 1`);
      expect(shown).toContain('touchline_dead_letters{durable="other",service="test"} 0');
    });

    test("a redriven letter reaches its consumer in its original form, and is removed once handled", async () => {
      let fixed = false;
      const { name, seen, publish } = start(async () => (fixed ? "done" : "poison"));
      await publish("x", { Colour: "red" });
      await expect.poll(() => lettersOf(name).then((letters) => letters.length)).toBe(1);
      const [letter] = await lettersOf(name);
      const id = letter?.id as number;

      expect(await redriveDeadLetter(messaging, id)).toMatchObject({ outcome: "failed" });
      expect(await lettersOf(name)).toHaveLength(1);

      fixed = true;
      expect(await redriveDeadLetter(messaging, id)).toEqual({ outcome: "done" });
      const [first] = seen;
      const last = seen.at(-1);
      expect(last).toMatchObject({
        subject: first?.subject,
        sequence: first?.sequence,
        publishedAt: first?.publishedAt,
      });
      expect(text(last as Delivery)).toBe("x");
      expect(last?.header("Nats-Msg-Id")).toBe(first?.header("Nats-Msg-Id"));
      expect(last?.header("Colour")).toBe("red");

      const handled = seen.length;
      expect(await redriveDeadLetter(messaging, id)).toEqual({ outcome: "gone" });
      expect(seen.length).toBe(handled);
      expect((await deadLetterDepth(messaging)).get(name)).toBeUndefined();
    });

    test("a redrive that its consumer does not answer in time has failed, and the letter is kept", async () => {
      const stuck = Promise.withResolvers<void>();
      let redriven = false;
      const { name, publish } = start(async () => {
        if (redriven) await stuck.promise;
        return "poison";
      });
      await publish("x");
      await expect.poll(() => lettersOf(name).then((letters) => letters.length)).toBe(1);
      redriven = true;
      const [letter] = await lettersOf(name);
      expect(await redriveDeadLetter(messaging, letter?.id as number, 200)).toMatchObject({ outcome: "failed" });
      expect(await lettersOf(name)).toHaveLength(1);
      stuck.resolve();
    });

    test("a redrive reports that no consumer is running, and the letter is kept", async () => {
      const { name, publish } = start(async () => "poison");
      await publish("x");
      await expect.poll(() => lettersOf(name).then((letters) => letters.length)).toBe(1);
      ending.abort();
      await Promise.all(running);
      const [letter] = await lettersOf(name);
      expect(await redriveDeadLetter(messaging, letter?.id as number)).toEqual({
        outcome: "no_consumer",
        durable: name,
      });
      expect(await lettersOf(name)).toHaveLength(1);
    });

    test("a letter is shown in full, and can be dropped once", async () => {
      const { name, publish } = start(async () => "poison");
      await publish("x");
      await expect.poll(() => lettersOf(name).then((letters) => letters.length)).toBe(1);
      const id = (await lettersOf(name))[0]?.id as number;
      expect(new TextDecoder().decode((await showDeadLetter(messaging, id))?.payload)).toBe("x");
      expect(await dropDeadLetter(messaging, id)).toBe(true);
      expect(await dropDeadLetter(messaging, id)).toBe(false);
      expect(await showDeadLetter(messaging, id)).toBeUndefined();
    });

    test("a message of the largest size is parked too, and its payload stays where it was", async () => {
      const { name } = start(async () => "poison");
      const largest = new Uint8Array(1_048_576 - 200);
      const { seq } = await messaging.publish(`tests.${name}`, largest);
      await expect.poll(() => lettersOf(name).then((letters) => letters.length), { timeout: 20_000 }).toBe(1);
      expect((await lettersOf(name))[0]?.reason).toContain(`its payload is in TESTS at ${seq}`);
    });

    test("instances that share a durable share the work", async () => {
      const one = start(async () => "done");
      const other: Delivery[] = [];
      running.push(
        consume(messaging, {
          ...one.options,
          handle: async (delivery) => {
            other.push(delivery);
            return "done";
          },
        }),
      );
      for (let i = 0; i < 40; i++) await one.publish(String(i));
      await expect.poll(() => one.seen.length + other.length).toBe(40);
      expect(new Set([...one.seen, ...other].map(text)).size).toBe(40);
    });

    test("no more messages are in flight than allowed", async () => {
      let inHand = 0;
      let most = 0;
      const { seen, publish } = start(
        async () => {
          most = Math.max(most, ++inHand);
          await new Promise((resolve) => setImmediate(resolve));
          inHand--;
          return "done";
        },
        { concurrency: 3 },
      );
      for (let i = 0; i < 30; i++) await publish(String(i));
      await expect.poll(() => seen.length).toBe(30);
      expect(most).toBeLessThanOrEqual(3);
    });

    test("a walk reads every message on a subject since a time, whatever is deleted, and ends on an empty stream", async () => {
      const { jsm } = messaging;
      await jsm.streams.add({ name: "WALKED", subjects: ["walked.>"] });
      const walk = async (subject: string, since?: Date) => {
        const found: string[] = [];
        for await (const { data } of walkMessages(messaging, { stream: "WALKED", subject, ...(since && { since }) }))
          found.push(new TextDecoder().decode(data));
        return found;
      };
      expect(await walk("walked.a")).toEqual([]);
      for (let n = 0; n < 200; n++) await messaging.publish(n % 2 ? "walked.a" : "walked.b", `${n}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const since = new Date();
      for (let n = 200; n < 500; n++) await messaging.publish("walked.a", `${n}`);
      const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`);
      expect(await walk("walked.>")).toEqual(numbers(0, 500));
      expect(await walk("walked.b")).toEqual(numbers(0, 200).filter((n) => Number(n) % 2 === 0));
      expect(await walk("walked.a", since)).toEqual(numbers(200, 500));
      for (let seq = 150; seq <= 350; seq++) await jsm.streams.deleteMessage("WALKED", seq);
      expect(await walk("walked.a", since)).toEqual(numbers(350, 500));
      await jsm.streams.purge("WALKED");
      expect(await walk("walked.>", since)).toEqual([]);
      await jsm.streams.delete("WALKED");
    });
  });
};
