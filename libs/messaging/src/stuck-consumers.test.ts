import { systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import type { Messaging } from "./connection.ts";
import { freeStuckConsumers } from "./stuck-consumers.ts";

const FILTER = "events.test.>";

interface Seen {
  readonly delivered: number;
  readonly pending: number;
  /** The last sequence on the consumer's subjects. */
  readonly last: number;
}

interface Setting {
  readonly isClustered?: boolean;
  readonly names?: readonly string[];
  /** The consumer for which NATS refuses to elect another leader. */
  readonly refused?: string;
}

/** Which consumers are freed while NATS says this of each at one look after the other. */
const looksAt = async (looks: readonly Seen[], setting: Setting = {}): Promise<string[]> => {
  const { isClustered = true, names = ["test-intake"], refused } = setting;
  const ending = new AbortController();
  const failures: unknown[] = [];
  let look = -1;
  const now = (): Seen => looks[look] as Seen;
  const consumer = (name: string) => ({
    name,
    config: { filter_subject: FILTER },
    delivered: { stream_seq: now().delivered },
    num_pending: now().pending,
  });
  const messaging = {
    isClustered: () => isClustered,
    runtime: {
      ...systemRuntime(),
      sleep: async () => {
        look++;
        if (look === looks.length) ending.abort();
      },
    },
    jsm: {
      consumers: {
        list: async function* () {
          for (const name of names) yield consumer(name);
        },
      },
      streams: {
        getMessage: async () => ({ seq: now().last, subject: FILTER, time: new Date(), header: undefined }),
      },
    },
    request: async (subject: string) => {
      const [, durable = ""] = /^\$JS\.API\.CONSUMER\.LEADER\.STEPDOWN\.EVENTS\.(.+)$/.exec(subject) ?? [];
      expect(names).toContain(durable);
      return durable === refused ? { error: { description: "no leader" } } : { success: true };
    },
  } as unknown as Messaging;
  const freed: string[] = [];
  await freeStuckConsumers(messaging, {
    stream: "EVENTS",
    signal: ending.signal,
    onFreed: (durable) => freed.push(durable),
    onFailed: (error) => failures.push(error),
  });
  expect(failures.length > 0).toBe(refused !== undefined);
  return freed;
};

const stuck: Seen = { delivered: 5, pending: 0, last: 9 };

test("a consumer that does not notice a message at two looks gets another leader, once", async () => {
  const well: Seen = { delivered: 9, pending: 0, last: 9 };
  expect(await looksAt([well, stuck, stuck, well])).toEqual(["test-intake"]);
});

test.each<[string, readonly Seen[]]>([
  ["has delivered everything", [{ ...stuck, delivered: 9 }]],
  ["has messages pending, such as a slow one", [{ ...stuck, pending: 4 }]],
])("a consumer that %s is left alone", async (_, [seen]) => {
  expect(await looksAt([seen, seen, seen] as Seen[])).toEqual([]);
});

test("a consumer to which a message came between two answers is left alone", async () => {
  expect(await looksAt([stuck, { ...stuck, delivered: 9, last: 12 }, { ...stuck, delivered: 12 }])).toEqual([]);
});

test("a single server is not asked", async () => {
  expect(await looksAt([stuck, stuck, stuck], { isClustered: false })).toEqual([]);
});

test("a consumer that cannot be freed does not keep another from being freed", async () => {
  expect(await looksAt([stuck, stuck], { names: ["first", "second"], refused: "first" })).toEqual(["second"]);
});
