import { binaryEvent } from "@eventstore/db-client";
import { describe, expect, test } from "vitest";
import { Appender } from "./support/appender.ts";
import { embedded, kill, MAIN, run } from "./support/embedded.ts";
import { appendRequests, proposed } from "./support/raw-append.ts";

const ROUNDS = 8;

describe("an acknowledged append", () => {
  const { folder, start } = embedded();

  test("survives kill -9 at any moment, and no other event appears", async () => {
    const dataDir = await folder();
    const acknowledged: number[] = [];
    let sent = 0;
    let highest = -1n;
    for (let round = 0; round < ROUNDS; round++) {
      const store = await start(dataDir);
      const appender = new Appender(store.url);
      const stored = round === 0 ? [] : await appender.numbers("numbers");
      expect(acknowledged.filter((number) => !stored.includes(number))).toEqual([]);
      expect(new Set(stored).size).toBe(stored.length);
      expect(stored.every((number) => number < sent)).toBe(true);
      let alive = true;
      const worker = async (): Promise<void> => {
        while (alive) {
          const number = sent++;
          const position = await appender.append("numbers", number).catch(() => undefined);
          if (position === undefined) return;
          expect(position).toBeGreaterThan(-1n);
          if (position > highest) highest = position;
          acknowledged.push(number);
        }
      };
      const workers = Array.from({ length: 16 }, worker);
      await new Promise((resolve) => setTimeout(resolve, 50 + round * 40));
      await kill(store);
      alive = false;
      await Promise.all(workers);
      await appender.close();
    }
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);
    const last = await start(dataDir);
    const appender = new Appender(last.url);
    const stored = new Set(await appender.numbers("numbers"));
    expect(acknowledged.filter((number) => !stored.has(number))).toEqual([]);
    expect(await appender.append("numbers", sent)).toBeGreaterThan(highest);
    await appender.close();
    await last.stop();
  });

  test("survives an orderly stop, which ends subscriptions and exits with 0", async () => {
    const dataDir = await folder();
    const store = await start(dataDir);
    const appender = new Appender(store.url);
    const subscription = appender.node.client.subscribeToAll();
    const ended = new Promise<Error>((resolve) => subscription.once("error", resolve));
    await new Promise((resolve) => subscription.once("caughtUp", resolve));
    await appender.append("numbers", 1);
    await store.stop();
    expect(await ended).toMatchObject({ type: "unavailable" });
    expect(store.child.exitCode).toBe(0);
    await appender.close();
    const again = await start(dataDir);
    const reader = new Appender(again.url);
    expect(await reader.numbers("numbers")).toEqual([1]);
    await reader.close();
  });

  test("is not answered with an error during an orderly stop, if it was stored", async () => {
    const dataDir = await folder();
    const refused = new Set<number>();
    let sent = 0;
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      const store = await start(dataDir);
      const appender = new Appender(store.url);
      let alive = true;
      const enough = acknowledged + 200;
      const worker = async (): Promise<void> => {
        while (alive) {
          const number = sent++;
          const event = binaryEvent({ type: "B", data: Buffer.from(String(number)) });
          // The official client's appends share one call, which a stopping server has to end.
          const done = await appender.node.client.appendToStream("numbers", event).catch(() => undefined);
          if (done) acknowledged += 1;
          else {
            refused.add(number);
            return;
          }
        }
      };
      const workers = Array.from({ length: 32 }, worker);
      await expect.poll(() => acknowledged >= enough, { interval: 1, timeout: 60_000 }).toBe(true);
      await store.stop();
      alive = false;
      await Promise.all(workers);
      await appender.close();
    }
    const last = await start(dataDir);
    const appender = new Appender(last.url);
    const stored = await appender.numbers("numbers");
    expect(refused.size).toBeGreaterThan(0);
    expect(stored.filter((number) => refused.has(number))).toEqual([]);
    await appender.close();
    await last.stop();
  });
});

describe("an append that is still being sent when the server stops", () => {
  const { folder, start } = embedded();

  test("gets the answer that the server is unavailable", async () => {
    const store = await start(await folder());
    const { node } = new Appender(store.url);
    const code = new Promise((resolve) => {
      const sink = node.streams.append((error) => resolve(error?.code));
      for (const message of appendRequests("unfinished", [proposed()])) sink.write(message);
    });
    await node.client.appendToStream("finished", [binaryEvent({ type: "B", data: Buffer.alloc(1) })]);
    store.child.kill("SIGTERM");
    expect(await code).toBe(14);
    await node.disconnect();
  });
});

describe("a data folder", () => {
  const { folder, start } = embedded();

  test("cannot be used by a second process until the first is gone", async () => {
    const dataDir = await folder();
    const first = await start(dataDir);
    const second = await run(MAIN, "--port", "0", "--data", dataDir);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("Another event store is using the data folder");
    await kill(first);
    await start(dataDir);
  });
});

describe("the command", () => {
  const { folder, start } = embedded();

  test("reports all errors in its arguments at once", async () => {
    const { code, stderr } = await run(MAIN, "--port", "99999", "--max-append-size", "much", "--advertise", "nowhere");
    expect(code).toBe(2);
    for (const option of ["--port", "--max-append-size", "--data", "--advertise"]) expect(stderr).toContain(option);
  });

  test("accepts another limit for appends, and another address for gossip", async () => {
    const store = await start(await folder(), ["--max-append-size", "100", "--advertise", "example.org:2113"]);
    const { node } = new Appender(store.url);
    const tooBig = node.client.appendToStream("big", binaryEvent({ type: "B", data: Buffer.alloc(99) }));
    await expect(tooBig).rejects.toMatchObject({ maxAppendSize: 100 });
    await node.client.appendToStream("fits", binaryEvent({ type: "B", data: Buffer.alloc(98) }));
    await node.disconnect();
  });

  test("ends when the process that started it is gone", async () => {
    const store = await start(await folder());
    const exited = new Promise((resolve) => store.child.once("exit", resolve));
    store.child.disconnect();
    expect(await exited).toBe(0);
  });
});
