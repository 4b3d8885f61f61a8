import { catalogue, Fault } from "@touchline/contracts";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { parseAddress } from "./address.ts";
import { watchAppends } from "./appends.ts";
import { callsOn } from "./connection/call.ts";
import { createConnection } from "./connection/connection.ts";
import { explain } from "./explain.ts";
import { type AppendRequest, appendTo } from "./node/append.ts";
import { readAt, readHead, readStream } from "./node/read.ts";
import { readAllOf } from "./node/read-all.ts";
import { subscribeTo } from "./node/subscribe.ts";
import type { EventStore } from "./types.ts";

export interface EventStoreOptions {
  /** Connection string, e.g. `esdb://127.0.0.1:2113?tls=false`. */
  readonly url: string;
  /** How long an append, or the first answer of a read, may take, including the search for a leader. */
  readonly timeoutMs?: number;
  readonly runtime?: Runtime;
}

/**
 * Has no events. After a failed append its metadata is written again until that works: nobody reads it, no view, relay or move takes
 * a system event, and a scavenge keeps the last one only.
 */
const PROBE_STREAM = "store-probe";

/** Connects to the leader of EventStoreDB or KurrentDB. Throws an `AddressError` when the URL is not an address. */
export const connectEventStore = ({
  url,
  timeoutMs = 5_000,
  runtime = systemRuntime(),
}: EventStoreOptions): EventStore => {
  const connection = createConnection(parseAddress(url), runtime);
  const calls = callsOn(connection, runtime, timeoutMs);

  const send = (request: AppendRequest) => calls.run((node, leftMs) => appendTo(node, request, leftMs));

  const read = (stream: string) => readStream(calls, stream);

  const setMetadata = (stream: string, data: object) =>
    send({ stream: `$$${stream}`, events: [{ id: runtime.uuid(), type: "$metadata", data }], expected: "any" });

  const appends = watchAppends(runtime, async () => (await setMetadata(PROBE_STREAM, { $maxCount: 1 })).ok);

  const append: EventStore["append"] = async (stream, events, expected) => {
    for (const event of events) refuseInvalid(event.type, event.data);
    const begunAt = runtime.monotonicMs();
    try {
      return await send({ stream, events, expected });
    } catch (error) {
      if (error instanceof Fault) appends.failed(begunAt);
      throw error;
    }
  };

  return {
    runtime,
    append,
    read: read as EventStore["read"],
    // Our streams have no other metadata, so nothing is overwritten.
    truncateBefore: async (stream, revision) => void (await setMetadata(stream, { $tb: Number(revision) })),
    readAll: (options = {}) => readAllOf(calls, options),
    head: () => readHead(calls),
    at: (position) => readAt(calls, position),
    ping: async () => void (await readHead(calls)),
    subscribe: (options) => subscribeTo(calls, options),
    status: () => {
      const failure = connection.failure();
      return {
        ...(failure !== undefined && { unreachable: explain(failure).sentence }),
        appendsFailingForMs: appends.failingForMs(),
      };
    },
    close: async () => {
      appends.stop();
      await connection.close();
    },
  };
};

/** An event that does not fit its schema is our defect. A failed step is better than a stored fact that cannot be read. */
const refuseInvalid = (type: string, data: object): void => {
  const definition = catalogue.get(type);
  if (!definition) throw new TypeError(`${type} is not in the event catalogue.`);
  const faults = definition.faults(data);
  if (faults.length > 0) throw new TypeError(`${type} does not fit its schema: ${faults.join("; ")}`);
};
