import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eachOf } from "./each-of.ts";

/** A stream that yields on command, like one from a server. */
const source = () => new Readable({ objectMode: true, read: () => {} });

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(async () => {
  // Unhandled rejections are reported after all promises of a turn.
  await turn();
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

/** A stream whose first event is in flight until the test lets it finish, with a second one behind it. */
const inHand = async () => {
  const stream = source();
  const heard: number[] = [];
  const held: { done: () => void; fail: (error: Error) => void }[] = [];
  const whole = eachOf(stream, (one: number) => {
    heard.push(one);
    return new Promise<void>((done, fail) => void held.push({ done, fail }));
  });
  whole.catch(() => {});
  stream.push(1);
  stream.push(2);
  await turn();
  const [first] = held;
  if (!first) throw new Error("nothing came");
  return { stream, whole, heard, ...first };
};

const pending = async (promise: Promise<unknown>): Promise<boolean> => {
  const still = Symbol();
  for (let i = 0; i < 5; i++) await turn();
  return (await Promise.race([promise.catch(() => {}), Promise.resolve(still)])) === still;
};

describe("eachOf", () => {
  test("passes everything on in order, one at a time, and resolves at the end", async () => {
    const heard: number[] = [];
    let inHand = 0;
    await eachOf(Readable.from([1, 2, 3, 4]), async (one: number) => {
      expect(++inHand).toBe(1);
      await turn();
      inHand--;
      heard.push(one);
    });
    expect(heard).toEqual([1, 2, 3, 4]);
  });

  test("a handler that returns no promise is not waited for", async () => {
    const heard: number[] = [];
    await eachOf(Readable.from([1, 2, 3]), (one: number) => void heard.push(one));
    expect(heard).toEqual([1, 2, 3]);
  });

  test("a stream that is closed before its end fails, because something may be missing", async () => {
    const stream = source();
    const heard: number[] = [];
    const whole = eachOf(stream, (one: number) => void heard.push(one));
    stream.push(1);
    await turn();
    stream.destroy();
    await expect(whole).rejects.toThrow("closed before its end");
    expect(heard).toEqual([1]);
  });

  test.each([
    ["breaks", new Error("broken"), "broken"],
    ["is closed", undefined, "closed before its end"],
  ])("a stream that %s fails once the item in flight is done, and nothing follows", async (_how, error, message) => {
    const { stream, whole, heard, done } = await inHand();
    stream.destroy(error);
    expect(await pending(whole)).toBe(true);
    done();
    await expect(whole).rejects.toThrow(message);
    expect(heard).toEqual([1]);
  });

  test("when the handler fails while the stream breaks, there is only one rejection, which is handled", async () => {
    const { stream, whole, fail } = await inHand();
    stream.destroy(new Error("broken"));
    await turn();
    fail(new Error("no"));
    await expect(whole).rejects.toThrow("no");
  });

  test.each([
    [
      "at once",
      () => {
        throw new Error("no");
      },
    ],
    ["later", () => Promise.reject(new Error("no"))],
  ])("a handler that fails %s ends the stream", async (_when, fail) => {
    const heard: number[] = [];
    const whole = eachOf(Readable.from([1, 2, 3]), (one: number) => {
      heard.push(one);
      return fail();
    });
    await expect(whole).rejects.toThrow("no");
    for (let i = 0; i < 5; i++) await turn();
    expect(heard).toEqual([1]);
  });

  test("an error that is reported twice is passed on once", async () => {
    const stream = source();
    const whole = eachOf(stream, () => {});
    stream.emit("error", new Error("first"));
    stream.emit("error", new Error("second"));
    await expect(whole).rejects.toThrow("first");
  });
});
