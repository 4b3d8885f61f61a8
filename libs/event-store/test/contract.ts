import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EventStore, NewEvent, StoredEvent } from "../src/index.ts";

export interface Opened {
  readonly store: EventStore;
  readonly close: () => Promise<void>;
}

const at = "2026-09-01T10:00:00.000Z";

/** An event that fits the catalogue; `n` distinguishes it from others. */
export const event = (n: number, id: string = randomUUID()): NewEvent => ({
  id,
  type: "RegistrationCancelled",
  data: { registrationId: "r", reason: `${n}`, cancelledAt: at },
  metadata: { service: "test", $correlationId: "r", $causationId: "c" },
});

const reasons = (events: readonly StoredEvent[]) => events.map((e) => (e.data as { reason: string }).reason);

const collect = async (events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> => {
  const found: StoredEvent[] = [];
  for await (const one of events) found.push(one);
  return found;
};

/** What every implementation of `EventStore` must do. */
export const eventStoreContract = (name: string, open: () => Promise<Opened>): void => {
  describe(name, () => {
    let opened: Opened;
    let store: EventStore;
    let prefix: string;
    let stream: string;

    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });

    beforeEach(() => {
      prefix = `registration-${randomUUID()}`;
      stream = `${prefix}-a`;
    });

    afterAll(() => opened?.close());

    test("a stream never written to is empty", async () => {
      expect(await store.read(stream)).toEqual([]);
    });

    test("appended events are read unchanged, in order", async () => {
      const events = [event(0), event(1)];
      const first = await store.append(stream, events, "no_stream");
      const second = await store.append(stream, [event(2)], 1n);
      expect(first).toMatchObject({ ok: true, revision: 1n });
      expect(second).toMatchObject({ ok: true, revision: 2n });
      const read = await store.read(stream);
      expect(reasons(read)).toEqual(["0", "1", "2"]);
      const [stored] = read;
      expect(stored).toMatchObject({ ...events[0], stream, revision: 0n });
      expect(stored?.created).toBeInstanceOf(Date);
      expect(second.ok && read.at(-1)?.position === second.position).toBe(true);
    });

    test("a wrong revision appends nothing", async () => {
      await store.append(stream, [event(0)], "no_stream");
      expect(await store.append(stream, [event(1)], "no_stream")).toEqual({ ok: false });
      expect(await store.append(stream, [event(1)], 1n)).toEqual({ ok: false });
      expect(reasons(await store.read(stream))).toEqual(["0"]);
    });

    test("all events of an append are stored, or none", async () => {
      await store.append(stream, [event(0)], "no_stream");
      expect(await store.append(stream, [event(1), event(2)], 5n)).toEqual({ ok: false });
      expect(await store.read(stream)).toHaveLength(1);
    });

    test("a repeated append succeeds without effect, even when others have appended since", async () => {
      const events = [event(0), event(1)];
      const first = await store.append(stream, events, "no_stream");
      await store.append(stream, [event(2)], 1n);
      expect(await store.append(stream, events, "no_stream")).toEqual(first);
      expect(await store.append(stream, [event(9)], "no_stream")).toEqual({ ok: false });
      expect(reasons(await store.read(stream))).toEqual(["0", "1", "2"]);
    });

    test("when many append at the same revision, one wins", async () => {
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, n) => store.append(stream, [event(n)], "no_stream")),
      );
      expect(results.filter((r) => r.ok)).toHaveLength(1);
      expect(await store.read(stream)).toHaveLength(1);
    });

    test("the log of all events holds every stream in the order of appends, and can be read from any position", async () => {
      const other = `${prefix}-b`;
      await store.append(stream, [event(0)], "no_stream");
      await store.append(other, [event(1)], "no_stream");
      await store.append(stream, [event(2), event(3)], 0n);
      const all = await collect(store.readAll({ prefixes: [prefix] }));
      expect(reasons(all)).toEqual(["0", "1", "2", "3"]);
      const positions = all.map((e) => e.position);
      expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
      expect(new Set(positions).size).toBe(4);
      expect(reasons(await collect(store.readAll({ prefixes: [prefix], after: positions[1] })))).toEqual(["2", "3"]);
      expect(reasons(await collect(store.readAll({ prefixes: [other] })))).toEqual(["1"]);
      expect(await store.head()).toBeGreaterThanOrEqual(positions.at(-1) as bigint);
    });

    test("the event at a position is known by its id", async () => {
      const first = event(0);
      const appended = await store.append(stream, [first, event(1)], "no_stream");
      const [zero, one] = await collect(store.readAll({ prefixes: [prefix] }));
      expect(appended.ok && one && appended.position === one.position).toBe(true);
      expect(await store.at(zero?.position as bigint)).toEqual({ kind: "event", id: first.id });
      expect(await store.at((zero?.position as bigint) + 1n)).toEqual({ kind: "never" });
    });

    test("reading after a position that was never an event's is a fault", async () => {
      await store.append(stream, [event(0), event(1)], "no_stream");
      const [first] = await store.read(stream);
      const invented = (first?.position ?? 0n) + 1n;
      await expect(collect(store.readAll({ after: invented }))).rejects.toMatchObject({ name: "Fault" });
    });

    test("truncated events are no longer read, and the stream goes on where it was", async () => {
      await store.append(stream, [event(0), event(1), event(2)], "no_stream");
      await store.truncateBefore(stream, 2n);
      await store.truncateBefore(stream, 2n);
      expect(await store.read(stream)).toMatchObject([{ revision: 2n, data: { reason: "2" } }]);
      expect(await store.append(stream, [event(3)], "no_stream")).toEqual({ ok: false });
      expect(await store.append(stream, [event(3)], 2n)).toMatchObject({ ok: true, revision: 3n });
      expect(reasons(await store.read(stream))).toEqual(["2", "3"]);
    });

    test("a reader may stop early", async () => {
      await store.append(stream, [event(0), event(1), event(2)], "no_stream");
      for await (const one of store.readAll({ prefixes: [prefix] })) {
        expect(reasons([one])).toEqual(["0"]);
        break;
      }
      expect(await store.read(stream)).toHaveLength(3);
    });

    test("a subscriber gets history, is notified when that is complete, and then gets new events", async () => {
      await store.append(stream, [event(0), event(1)], "no_stream");
      const ending = new AbortController();
      const heard: string[] = [];
      const following = store.subscribe({
        prefixes: [prefix],
        signal: ending.signal,
        onEvent: (e) => void heard.push(...reasons([e])),
        onCaughtUp: () => void heard.push("caught up"),
      });
      await expect.poll(() => heard).toEqual(["0", "1", "caught up"]);
      await store.append(stream, [event(2)], 1n);
      await expect.poll(() => heard).toEqual(["0", "1", "caught up", "2"]);
      ending.abort();
      await following;
    });

    test("a subscriber goes on after a position, one event at a time", async () => {
      await store.append(stream, [event(0), event(1), event(2), event(3)], "no_stream");
      const [first] = await collect(store.readAll({ prefixes: [prefix] }));
      const ending = new AbortController();
      const heard: string[] = [];
      let inHand = 0;
      const following = store.subscribe({
        prefixes: [prefix],
        after: first?.position,
        signal: ending.signal,
        onEvent: async (e) => {
          expect(++inHand).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          inHand--;
          heard.push(...reasons([e]));
        },
      });
      await expect.poll(() => heard).toEqual(["1", "2", "3"]);
      ending.abort();
      await following;
    });

    test("a subscriber to some types gets only these, from any stream", async () => {
      await store.append(stream, [event(0)], "no_stream");
      const type = event(0).type;
      const heardOf = async (types: string[]) => {
        const ending = new AbortController();
        const heard: StoredEvent[] = [];
        await store.subscribe({
          types,
          signal: ending.signal,
          onEvent: (e) => void heard.push(e),
          onCaughtUp: () => ending.abort(),
        });
        return reasons(heard.filter((e) => e.stream === stream));
      };
      expect(await heardOf([type, "RegistrationErased"])).toEqual(["0"]);
      expect(await heardOf([type.slice(0, -1)])).toEqual([]);
    });

    test("a subscriber is notified when its handler fails", async () => {
      await store.append(stream, [event(0)], "no_stream");
      const following = store.subscribe({
        prefixes: [prefix],
        signal: new AbortController().signal,
        onEvent: () => {
          throw new TypeError("no");
        },
      });
      await expect(following).rejects.toThrow("no");
    });

    test("a subscription that was aborted before it began resolves", async () => {
      await store.subscribe({ signal: AbortSignal.abort(), onEvent: () => {} });
    });
  });
};
