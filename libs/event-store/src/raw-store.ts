import type { Readable } from "node:stream";
import {
  type AllStreamResolvedEvent,
  binaryEvent,
  EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  START,
  WrongExpectedVersionError,
} from "@eventstore/db-client";
import { asFault } from "./as-fault.ts";

/** An event as it is stored, of whatever program: nothing is upcast or left out. */
export interface RawEvent {
  readonly stream: string;
  readonly revision: bigint;
  readonly id: string;
  readonly type: string;
  /** An object when the event is JSON, else bytes. */
  readonly data: object | Uint8Array;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly created: Date;
  readonly position: bigint;
}

export type NewRawEvent = Pick<RawEvent, "id" | "type" | "data" | "metadata">;

/** A store as whoever copies one has to see it. Faults are thrown as `Fault`. */
export interface RawStore {
  /** Every event of `$all` in order, system events too. */
  events(options?: { readonly after?: bigint }): AsyncGenerator<RawEvent>;
  /** False when the stream does not end before the first of them. A repeat with the same ids succeeds. */
  append(stream: string, revision: bigint, events: readonly NewRawEvent[]): Promise<boolean>;
  /** `$tb` of a stream: events below it are hidden. */
  truncatedBefore(stream: string): Promise<bigint>;
  truncateBefore(stream: string, revision: bigint): Promise<void>;
  close(): Promise<void>;
}

/** For operators' commands: it does not follow a cluster's leader about. */
export const connectRawStore = (url: string): RawStore => {
  const client = EventStoreDBClient.connectionString(url);
  const faults = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw asFault(error);
    }
  };
  return {
    events: ({ after } = {}) => readEvents(client, after),
    append: async (stream, revision, events) => {
      const expectedRevision = revision === 0n ? NO_STREAM : revision - 1n;
      try {
        await client.appendToStream(stream, events.map(toNew), { expectedRevision });
        return true;
      } catch (error) {
        if (error instanceof WrongExpectedVersionError) return false;
        throw asFault(error);
      }
    },
    truncatedBefore: async (stream) =>
      BigInt((await faults(client.getStreamMetadata(stream))).metadata?.truncateBefore ?? 0),
    truncateBefore: async (stream, revision) =>
      void (await faults(client.setStreamMetadata(stream, { truncateBefore: Number(revision) }))),
    close: () => client.dispose(),
  };
};

const readEvents = async function* (client: EventStoreDBClient, after?: bigint): AsyncGenerator<RawEvent> {
  const fromPosition = after === undefined ? START : { commit: after, prepare: after };
  const reading = client.readAll({ direction: FORWARDS, fromPosition });
  try {
    for await (const resolved of (reading as unknown as Readable).iterator({ destroyOnReturn: false })) {
      const event = toRaw(resolved);
      // Forward reads of $all include the position they start from.
      if (event && event.position !== after) yield event;
    }
  } catch (error) {
    throw asFault(error);
  } finally {
    // A caller that leaves early ends the loop, but not the call.
    await reading.cancel();
    (reading as unknown as Readable).resume();
  }
};

const toRaw = ({ event, commitPosition }: AllStreamResolvedEvent): RawEvent | undefined =>
  event && {
    stream: event.streamId,
    revision: event.revision,
    id: event.id,
    type: event.type,
    data: event.data as RawEvent["data"],
    metadata: (event.metadata instanceof Uint8Array ? {} : (event.metadata ?? {})) as RawEvent["metadata"],
    created: event.created,
    position: event.position?.commit ?? commitPosition ?? -1n,
  };

const toNew = ({ id, type, data, metadata }: NewRawEvent) =>
  data instanceof Uint8Array
    ? binaryEvent({ id, type, data, metadata: Buffer.from(JSON.stringify(metadata)) })
    : jsonEvent({ id, type, data: data as never, metadata: { ...metadata } });
