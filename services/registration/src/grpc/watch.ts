import { type ServerWritableStream, status } from "@grpc/grpc-js";
import type { Registration, WatchRegistrationRequest } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import type { Find } from "../read-model/find.ts";
import { readHistory, statesOf } from "../read-model/history.ts";
import type { Queries } from "../read-model/queries.ts";
import type { Row } from "../read-model/row.ts";
import { toProto } from "../read-model/to-proto.ts";
import type { Watchers } from "../read-model/watchers.ts";
import { CallError, fieldsRefused, notFound } from "./status.ts";

export interface Watching {
  readonly store: EventStore;
  readonly find: Find;
  readonly queries: Queries;
  readonly watchers: Watchers;
  /** Ends every stream when it aborts. */
  readonly signal: AbortSignal;
}

export type WatchCall = ServerWritableStream<WatchRegistrationRequest, Registration>;

/** States that wait for a slow reader; beyond them only the latest counts. */
const QUEUE_MAX = 64;

/** Streams the states of a registration until the caller cancels. Rejects with `CallError` when there is none, or no longer. */
export const watchRegistration = async (call: WatchCall, watching: Watching): Promise<void> => {
  const { registrationId, afterPosition } = call.request;
  const after = readPosition(afterPosition);
  const sender = createSender(call, after);
  // Watching starts before reading, so that no change falls between the two.
  const ended = endOf(call, watching.signal);
  const stop = watching.watchers.watch(registrationId, (row) => (row ? sender.live(row) : ended.fail(notFound())));
  try {
    const row = await watching.find(registrationId);
    if (!row) throw notFound();
    if (afterPosition === "") sender.catchUp([row]);
    else sender.catchUp(row.position > after ? await missed(watching, row) : []);
    await ended.promise;
  } finally {
    stop();
    ended.dispose();
  }
};

/** A caller that comes back after a break gets every state in between, from the streams themselves. */
const missed = async ({ store, queries }: Watching, { registration_id: id }: Row): Promise<Row[]> =>
  statesOf(await readHistory(store, id, queries.factsOf(id)));

const readPosition = (text: string): bigint => {
  if (text === "") return -1n;
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  const message = "This is not the position of an answer.";
  throw fieldsRefused(status.INVALID_ARGUMENT, message, [{ field: "afterPosition", code: "invalid", message }]);
};

/** Writes states in order, none twice, and no faster than the caller reads. */
const createSender = (call: WatchCall, after: bigint) => {
  let last = after;
  let history = true;
  let full = false;
  let queue: Row[] = [];
  const flush = () => {
    while (!full && !history) {
      const row = queue.shift();
      if (!row) return;
      if (row.position <= last) continue;
      last = row.position;
      full = !call.write(toProto(row));
    }
  };
  call.on("drain", () => {
    full = false;
    flush();
  });
  return {
    live: (row: Row) => {
      queue = queue.length < QUEUE_MAX ? [...queue, row] : [row];
      flush();
    },
    catchUp: (rows: readonly Row[]) => {
      queue = [...rows, ...queue];
      history = false;
      flush();
    },
  };
};

const endOf = (call: WatchCall, signal: AbortSignal) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stopping = () =>
    reject(new CallError(status.UNAVAILABLE, "Stopping; watch again with the last position that you saw."));
  signal.addEventListener("abort", stopping, { once: true });
  call.on("cancelled", resolve);
  call.on("close", resolve);
  if (signal.aborted) stopping();
  if (call.cancelled) resolve();
  promise.catch(() => {}); // It may reject before anyone awaits it.
  return { promise, fail: reject, dispose: () => signal.removeEventListener("abort", stopping) };
};
