import { isDeepStrictEqual } from "node:util";
import { AckPolicy, ErrorCode, NatsError } from "nats";
import type { ConsumerSettings, ConsumerState, JetStream, JetStreamAdmin, Puller } from "../client.ts";
import type { Broker } from "./broker.ts";
import { createConsumer } from "./consumer.ts";
import type { Link } from "./link.ts";
import { type FindConsumer, fetchOnce, pullOn } from "./pulled.ts";
import { refusal } from "./refusals.ts";
import type { Consumer, Publication } from "./types.ts";

type ToPublication = (...given: Parameters<JetStream["publish"]>) => Publication;

export const jetStreamOn = (broker: Broker, link: Link, toPublication: ToPublication): JetStream => ({
  publish: async (...given) => {
    const publication = toPublication(...given);
    return link.call((answer) => {
      const stored = broker.store(publication);
      if (!stored) throw NatsError.errorForCode(ErrorCode.NoResponders);
      answer(stored);
    });
  },
  consumers: {
    get: async (stream, wanted) => {
      if (typeof wanted !== "string") return link.call((answer) => answer(orderedPuller(broker, link, stream, wanted)));
      const find = () => broker.streams.get(stream)?.consumers.get(wanted);
      await link.call((answer) => answer(broker.consumer(stream, wanted)));
      return pullerOf(link, find);
    },
  },
});

/** Reads what a stream has on some subjects now. */
const orderedPuller = (broker: Broker, link: Link, stream: string, wanted: { filterSubjects: string }): Puller => {
  const settings = { filter_subject: wanted.filterSubjects, ack_policy: AckPolicy.None };
  const consumer = createConsumer(broker.runtime.uuid(), settings, broker.stream(stream), broker.runtime);
  return pullerOf(link, () => consumer);
};

const pullerOf = (link: Link, find: FindConsumer): Puller => ({
  consume: async (options) => pullOn(link, find, options),
  fetch: async (options) => fetchOnce(link, find, options),
});

export const adminOn = (broker: Broker, link: Link): JetStreamAdmin => {
  const ask = <T>(work: () => T): Promise<T> => link.call((answer) => answer(work()));
  return {
    streams: {
      add: (settings) => ask(() => broker.add(settings).info()),
      update: (name, settings) => ask(() => broker.update(name, settings).info()),
      info: (name, options) => ask(() => broker.stream(name).info(options?.subjects_filter)),
      delete: (name) => ask(() => broker.delete(name)),
      purge: (name) => ask(() => ({ purged: broker.stream(name).purge() })),
      getMessage: (stream, query) => ask(() => broker.stream(stream).get(query)),
      deleteMessage: (stream, seq) => ask(() => broker.stream(stream).remove(seq)),
    },
    consumers: {
      add: (stream, settings) => ask(() => addConsumer(broker, stream, settings).info()),
      update: (stream, durable, settings) =>
        ask(() => {
          const consumer = broker.consumer(stream, durable);
          consumer.update(settings);
          return consumer.info();
        }),
      info: (stream, durable) => ask(() => broker.consumer(stream, durable).info()),
      list: (stream) => listOf(() => ask(() => broker.stream(stream).consumers.values().toArray())),
    },
  };
};

const addConsumer = (broker: Broker, streamName: string, settings: Partial<ConsumerSettings>): Consumer => {
  const stream = broker.stream(streamName);
  const name = settings.durable_name ?? broker.runtime.uuid();
  const made = createConsumer(name, settings, stream, broker.runtime);
  const there = stream.consumers.get(name);
  // As NATS does since 2.10: a consumer may be created twice, but not with other settings.
  if (there && !isDeepStrictEqual(there.info().config, made.info().config)) throw refusal("consumerExists");
  const consumer = there ?? made;
  stream.consumers.set(name, consumer);
  return consumer;
};

const listOf = async function* (ask: () => Promise<readonly Consumer[]>): AsyncGenerator<ConsumerState> {
  for (const consumer of await ask()) yield consumer.info();
};
