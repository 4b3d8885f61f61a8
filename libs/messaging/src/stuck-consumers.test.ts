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

/** The requests that are made while NATS answers so at one look after the other. */
const looksAt = async (looks: readonly Seen[], isClustered = true): Promise<string[]> => {
  const ending = new AbortController();
  const requests: string[] = [];
  let look = -1;
  const now = (): Seen => looks[look] as Seen;
  const consumer = () => ({
    name: "test-intake",
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
          yield consumer();
        },
      },
      streams: {
        getMessage: async () => ({ seq: now().last, subject: FILTER, time: new Date(), header: undefined }),
      },
    },
    request: async (subject: string) => {
      requests.push(subject);
      return { success: true };
    },
  } as unknown as Messaging;
  const freed: string[] = [];
  await freeStuckConsumers(messaging, {
    stream: "EVENTS",
    signal: ending.signal,
    onFreed: (durable) => freed.push(durable),
    onFailed: (error) => requests.push(String(error)),
  });
  expect(freed.length).toBe(requests.length);
  return requests;
};

const stuck: Seen = { delivered: 5, pending: 0, last: 9 };

test("a consumer that does not notice a message at two looks gets another leader, once", async () => {
  const well: Seen = { delivered: 9, pending: 0, last: 9 };
  expect(await looksAt([well, stuck, stuck, well])).toEqual(["$JS.API.CONSUMER.LEADER.STEPDOWN.EVENTS.test-intake"]);
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
  expect(await looksAt([stuck, stuck, stuck], false)).toEqual([]);
});
