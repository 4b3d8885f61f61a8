import type { Readable } from "node:stream";
import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  type Filter,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  type ResolvedEvent,
  START,
  StreamNotFoundError,
  streamNameFilter,
  WrongExpectedVersionError,
} from "@eventstore/db-client";
import { catalogue, Fault, upcast } from "@touchline/contracts";
import { eachOf } from "./each-of.ts";
import { firstStored } from "./first-stored.ts";
import type { AppendResult, EventStore, StoredEvent, SubscribeOptions } from "./types.ts";

export interface EventStoreOptions {
  /** Connection string, e.g. `esdb://127.0.0.1:2113?tls=false`. */
  readonly url: string;
  /** How long an append or the first answer of a read may take. */
  readonly timeoutMs?: number;
}

/** EventStoreDB through its own client. One a process: the client keeps its pending appends in one map per process. */
export const connectEventStore = ({ url, timeoutMs = 5_000 }: EventStoreOptions): EventStore => {
  const client = EventStoreDBClient.connectionString(url);

  const append: EventStore["append"] = async (stream, events, expected) => {
    for (const event of events) refuseUnfit(event.type, event.data);
    const call = client.appendToStream(
      stream,
      events.map((event) =>
        jsonEvent({ id: event.id, type: event.type, data: event.data as never, metadata: { ...event.metadata } }),
      ),
      { expectedRevision: expected === "no_stream" ? NO_STREAM : expected },
    );
    try {
      // The client has no deadline of its own on batched appends: a silent server would be a hung promise.
      const result = await withTimeout(call, timeoutMs);
      return { ok: true, revision: result.nextExpectedRevision, position: result.position?.commit ?? -1n };
    } catch (error) {
      return wrongRevisionOrThrow(error);
    }
  };

  const read = async (stream: string): Promise<StoredEvent[]> => {
    const found: StoredEvent[] = [];
    const reading = client.readStream(stream, { direction: FORWARDS, fromRevision: START });
    const whole = eachOf(reading as unknown as Readable, (resolved: ResolvedEvent) => {
      const event = toStored(resolved);
      if (event) found.push(event);
    });
    try {
      await withTimeout(whole, timeoutMs);
      return found;
    } catch (error) {
      if (error instanceof StreamNotFoundError) return [];
      throw asFault(error);
    }
  };

  const truncateBefore: EventStore["truncateBefore"] = async (stream, revision) => {
    try {
      // None of our streams has metadata of another kind, so nothing is overwritten.
      await withTimeout(client.setStreamMetadata(stream, { truncateBefore: Number(revision) }), timeoutMs);
    } catch (error) {
      throw asFault(error);
    }
  };

  const readAll: EventStore["readAll"] = async function* ({ after, prefixes } = {}) {
    const from = after === undefined ? START : { commit: after, prepare: after };
    const reading = client.readAll({ direction: FORWARDS, fromPosition: from });
    try {
      // The client's iterator would destroy the reading, and its call would then never be seen to end.
      for await (const resolved of (reading as unknown as Readable).iterator({ destroyOnReturn: false })) {
        const event = toStored(resolved);
        // Forward reads of $all include the position they start from.
        if (!event || event.position === after) continue;
        if (!prefixes || prefixes.some((p) => event.stream.startsWith(p))) yield event;
      }
    } catch (error) {
      throw asFault(error);
    } finally {
      // A caller that leaves early ends the loop, but not the call; and what has arrived has to be let through, or the call
      // counts as open for ever and `close` waits for it.
      await reading.cancel();
      (reading as unknown as Readable).resume();
    }
  };

  const head = async () => {
    const last = async () => {
      let position: bigint | undefined;
      for await (const { event, commitPosition } of client.readAll({
        direction: BACKWARDS,
        fromPosition: END,
        maxCount: 1,
      })) {
        position = event?.position.commit ?? commitPosition;
      }
      return position;
    };
    try {
      return await withTimeout(last(), timeoutMs);
    } catch (error) {
      throw asFault(error);
    }
  };

  return {
    append,
    read: read as EventStore["read"],
    truncateBefore,
    readAll,
    head,
    ping: async () => void (await head()),
    subscribe: (options) => subscribe(client, options),
    close: () => client.dispose(),
  };
};

const subscribe = async (client: EventStoreDBClient, options: SubscribeOptions): Promise<void> => {
  const { signal, types, onEvent, onCaughtUp, onFellBehind } = options;
  if (signal.aborted) return;
  const subscription = client.subscribeToAll({
    fromPosition: options.after === undefined ? START : { commit: options.after, prepare: options.after },
    filter: filterFor(options),
  });
  // A single listener that outlives the loop: the client may report the cancelled call after the loop has ended.
  subscription.on("error", () => {});
  if (onCaughtUp) subscription.on("caughtUp", onCaughtUp);
  if (onFellBehind) subscription.on("fellBehind", onFellBehind);
  // Cancelling a call that could not even be made has nothing to cancel.
  const cancel = () => subscription.unsubscribe().catch(() => {});
  const stop = () => void cancel().then(() => subscription.destroy());
  signal.addEventListener("abort", stop, { once: true });
  try {
    await eachOf(subscription as unknown as Readable, (resolved: AllStreamResolvedEvent) => {
      const event = signal.aborted ? undefined : toStored(resolved);
      // The server compares the beginnings of types.
      return event && (!types || types.includes(event.type)) ? onEvent(event) : undefined;
    });
    if (!signal.aborted) throw new Fault("event_store_unavailable", { detail: "The subscription ended." });
  } catch (error) {
    if (!signal.aborted) throw asFault(error);
  } finally {
    signal.removeEventListener("abort", stop);
    // Leaving the loop does not end the call.
    await cancel();
  }
};

const filterFor = ({ prefixes, types, onCheckpoint }: SubscribeOptions): Filter => {
  const checkpoint = {
    checkpointInterval: 32,
    ...(onCheckpoint && {
      checkpointReached: (_: unknown, position: { commit: bigint }) => {
        // The server reports the end of a 64-bit range while it has no position yet.
        if (position.commit < 2n ** 63n) onCheckpoint(position.commit);
      },
    }),
  };
  if (types) return eventTypeFilter({ prefixes: [...types], ...checkpoint });
  return prefixes
    ? streamNameFilter({ prefixes: [...prefixes], ...checkpoint })
    : eventTypeFilter({ regex: "^[^$]", ...checkpoint });
};

const toStored = ({ event, commitPosition }: ResolvedEvent | AllStreamResolvedEvent): StoredEvent | undefined => {
  if (!event?.isJson || event.type.startsWith("$") || event.streamId.startsWith("$")) return undefined;
  return {
    ...upcast({ type: event.type, data: event.data as object }),
    id: event.id,
    stream: event.streamId,
    metadata: (event.metadata ?? {}) as StoredEvent["metadata"],
    revision: event.revision,
    position: event.position?.commit ?? commitPosition ?? -1n,
    created: firstStored(event.metadata as object | undefined, event.created),
  } as StoredEvent;
};

/** An event that does not fit its schema is a defect of ours: better a failed step than a fact that cannot be read. */
const refuseUnfit = (type: string, data: object): void => {
  const definition = catalogue.get(type);
  if (!definition) throw new TypeError(`${type} is not in the event catalogue.`);
  const faults = definition.faults(data);
  if (faults.length > 0) throw new TypeError(`${type} does not fit its schema: ${faults.join("; ")}`);
};

const withTimeout = async <T>(promise: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Fault("event_store_timeout", { detail: `(${ms} ms)` })), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => {}); // A late failure has nobody left to tell.
  }
};

const wrongRevisionOrThrow = (error: unknown): AppendResult => {
  if (error instanceof WrongExpectedVersionError) return { ok: false };
  throw asFault(error);
};

export const asFault = (error: unknown): unknown =>
  error instanceof Fault || error instanceof TypeError ? error : new Fault("event_store_unavailable", { cause: error });
