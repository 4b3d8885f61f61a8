import type { Runtime } from "@touchline/service";
import type { MsgHdrs } from "nats";
import type { StreamSettings } from "../client.ts";
import { refusal } from "./refusals.ts";
import { createStream } from "./stream.ts";
import { matcher, overlap } from "./subjects.ts";
import type { Consumer, Publication, StoredAnswer, Stream } from "./types.ts";

/** A request, as its responder gets it. */
export interface Asked {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  readonly answer: (data: Uint8Array) => void;
}

/** Answers requests on a subject. All responders are in one queue, so only one of them is asked. */
export interface Responder {
  readonly subject: string;
  readonly take: (asked: Asked) => void;
}

export type Broker = ReturnType<typeof createBroker>;

/** What a server holds: its streams and responders. It knows nothing about connections. */
export const createBroker = (runtime: Runtime) => {
  const streams = new Map<string, Stream>();
  const responders = new Set<Responder>();

  const stream = (name: string): Stream => {
    const found = streams.get(name);
    if (!found) throw refusal("streamNotFound");
    return found;
  };

  const refuseOverlap = (name: string, subjects: readonly string[]): void => {
    const others = [...streams.values()].filter(({ settings }) => settings.name !== name);
    const taken = others.flatMap(({ settings }) => settings.subjects);
    if (subjects.some((subject) => taken.some((other) => overlap(subject, other)))) throw refusal("subjectsOverlap");
  };

  return {
    runtime,
    streams,
    responders,
    stream,
    consumer: (streamName: string, durable: string): Consumer => {
      const found = stream(streamName).consumers.get(durable);
      if (!found) throw refusal("consumerNotFound");
      return found;
    },
    add: (settings: Partial<StreamSettings> & { name: string }): Stream => {
      const there = streams.get(settings.name);
      if (there) {
        const same = Object.entries(settings).every(
          ([name, value]) => String(there.settings[name as keyof StreamSettings] ?? value) === String(value),
        );
        if (!same) throw refusal("nameInUse");
        return there;
      }
      if ((settings.num_replicas ?? 1) > 1) throw refusal("noCluster");
      refuseOverlap(settings.name, settings.subjects ?? [settings.name]);
      const made = createStream(settings, runtime);
      streams.set(settings.name, made);
      return made;
    },
    update: (name: string, settings: Partial<StreamSettings>): Stream => {
      refuseOverlap(name, settings.subjects ?? []);
      stream(name).update(settings);
      return stream(name);
    },
    delete: (name: string): boolean => {
      const { consumers } = stream(name);
      streams.delete(name);
      for (const consumer of consumers.values()) consumer.delete();
      return true;
    },
    /** Stores a message in the stream that takes its subject. Undefined when none does. */
    store: (publication: Publication): StoredAnswer | undefined => {
      for (const one of streams.values()) if (one.takes(publication.subject)) return one.store(publication);
      return undefined;
    },
    /** Passes a request to one of the responders on its subject. False when there is none. */
    ask: (asked: Asked): boolean => {
      const there = [...responders].filter(({ subject }) => matcher(subject)(asked.subject));
      const chosen = there[Math.floor(runtime.random() * there.length)];
      chosen?.take(asked);
      return chosen !== undefined;
    },
  };
};
