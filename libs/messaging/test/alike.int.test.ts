import { systemRuntime } from "@touchline/service";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { natsServer, type Server } from "@touchline/testing/stack";
import fc from "fast-check";
import { AckPolicy, nanos } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pulled, PulledMessage } from "../src/client.ts";
import { apiErrorCode, connectMessaging, type Messaging, type PublishOptions } from "../src/index.ts";
import { memoryNats } from "../src/memory/index.ts";
import { goneCodes } from "../src/streams.ts";
import { pause, text } from "./contract/scene.ts";

let folder: TemporaryFolder;
let server: Server;
let real: Messaging;

beforeAll(async () => {
  folder = temporaryFolder("nats-alike");
  server = await natsServer(folder.path);
  await server.start();
  real = await connectMessaging({ url: server.url, name: "test" });
});

afterAll(async () => {
  await real?.close();
  await server?.stop();
  folder.remove();
});

/** So long that nothing becomes due again during the test. */
const LONG = nanos(600_000);

/** One stream with one consumer and its reader, on the real or the in-memory server. */
interface Player {
  readonly messaging: Messaging;
  readonly stream: string;
  readonly pulled: Pulled;
  readonly seen: PulledMessage[];
}

const begin = async (messaging: Messaging, stream: string, { filter, room }: Setting): Promise<Player> => {
  const { jsm, js } = messaging;
  await jsm.streams.add({ name: stream, subjects: [`${stream}.>`], duplicate_window: LONG });
  await jsm.consumers.add(stream, {
    durable_name: "durable",
    filter_subject: `${stream}.${filter}`,
    ack_policy: AckPolicy.Explicit,
    ack_wait: LONG,
    max_ack_pending: room,
  });
  const puller = await js.consumers.get(stream, "durable");
  const pulled = await puller.consume({ max_messages: 100, expires: 30_000, abort_on_missing_resource: true });
  const seen: PulledMessage[] = [];
  void (async () => {
    for await (const message of pulled) seen.push(message);
  })();
  return { messaging, stream, pulled, seen };
};

interface Setting {
  readonly filter: string;
  readonly room: number;
}

const letter = fc.constantFrom("a", "b");
const sequence = fc.nat({ max: 12 });
const id = fc.constantFrom("1", "2", "3", "4");
const maybe = <T>(given: fc.Arbitrary<T>) => fc.option(given, { nil: undefined, freq: 3 });

/** Steps as data, so that a failure shows what was done. */
const steps = {
  publish: fc.record({
    on: letter,
    msgId: maybe(id),
    expectLastSequence: maybe(sequence),
    expectLastSubjectSequence: maybe(sequence),
    expectLastMsgId: maybe(id),
  }),
  publishPlainly: fc.record({ on: letter }),
  answer: fc.record({ which: fc.nat(), how: fc.constantFrom("ack", "ack", "nak", "term", "working") }),
  get: fc.record({ seq: sequence, on: maybe(letter) }),
  remove: fc.record({ seq: sequence }),
  purge: fc.constant({}),
};
type Given = { [Name in keyof typeof steps]: (typeof steps)[Name] extends fc.Arbitrary<infer T> ? T : never };

const publish = async ({ messaging, stream }: Player, { on, ...options }: Given["publishPlainly"] & PublishOptions) => {
  const { seq, duplicate } = await messaging.publish(`${stream}.${on}`, on, options);
  return { seq, duplicate };
};

const perform: { [Name in keyof Given]: (player: Player, given: Given[Name]) => Promise<unknown> } = {
  publish: (player, { msgId, expectLastSequence, expectLastSubjectSequence, ...given }) =>
    publish(player, {
      ...given,
      ...(msgId && { msgId }),
      ...(expectLastSequence !== undefined && { expectLastSequence }),
      ...(expectLastSubjectSequence !== undefined && { expectLastSubjectSequence }),
    }),
  publishPlainly: publish,
  answer: async ({ messaging, seen }, { which, how }) => {
    seen[which % Math.max(seen.length, 1)]?.[how as "ack"]();
    await messaging.check();
  },
  get: async ({ messaging, stream }, { seq, on }) => {
    const query = { seq: seq + 1, ...(on && { next_by_subj: `${stream}.${on}` }) };
    const found = await messaging.jsm.streams.getMessage(stream, query);
    return [found.seq, found.subject.slice(stream.length), text(found)];
  },
  remove: ({ messaging, stream }, { seq }) => messaging.jsm.streams.deleteMessage(stream, seq),
  purge: async ({ messaging, stream }) => (await messaging.jsm.streams.purge(stream)).purged,
};

const weights: { [Name in keyof Given]: number } = {
  publish: 6,
  publishPlainly: 6,
  answer: 8,
  get: 4,
  remove: 3,
  purge: 1,
};
const names = Object.keys(steps) as (keyof Given)[];
const step = fc.oneof(
  ...names.map((name) => ({ weight: weights[name], arbitrary: fc.tuple(fc.constant(name), steps[name]) })),
);

/** The answer or refusal. The code for something that is gone depends on the server's version. */
const outcomeOf = async (player: Player, [name, given]: readonly [keyof Given, unknown]): Promise<unknown> => {
  try {
    return await perform[name](player, given as never);
  } catch (error) {
    const code = apiErrorCode(error);
    return code && goneCodes.has(code) ? "gone" : (code ?? error);
  }
};

const shownBy = async ({ messaging, stream, seen }: Player) => {
  const { messages, first_seq, last_seq } = (await messaging.jsm.streams.info(stream)).state;
  const { num_pending, num_ack_pending } = await messaging.jsm.consumers.info(stream, "durable");
  return {
    stream: { messages, first_seq, last_seq },
    consumer: { num_pending, num_ack_pending },
    seen: seen.map((message) => [message.seq, message.info.deliveryCount]),
  };
};

test("whatever is done, the in-memory server answers and delivers as the real one does", async () => {
  const memory = await memoryNats(systemRuntime()).connect({ name: "test", runtime: systemRuntime() });
  let runs = 0;
  const setting = fc.record({ filter: fc.constantFrom(">", "a"), room: fc.constantFrom(1, 3, 100) });
  const property = fc.asyncProperty(setting, fc.array(step, { minLength: 10, maxLength: 40 }), async (wish, play) => {
    const stream = `R${++runs}`;
    const [here, there] = [await begin(memory, stream, wish), await begin(real, stream, wish)];
    for (const one of play) {
      const expected = await outcomeOf(there, one);
      expect(await outcomeOf(here, one)).toEqual(expected);
      // The real server takes a moment to deliver.
      await expect.poll(() => shownBy(there), { interval: 3, timeout: 3_000 }).toEqual(await settled(here));
    }
    await pause(5);
    expect(await shownBy(there)).toEqual(await shownBy(here));
    for (const { messaging, pulled } of [here, there]) {
      pulled.stop();
      await messaging.jsm.streams.delete(stream);
    }
  });
  await fc.assert(property, { numRuns: 12 });
});

const settled = async (player: Player) => {
  await pause(0);
  return shownBy(player);
};
