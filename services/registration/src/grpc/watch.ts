import { type ServerWritableStream, status } from "@grpc/grpc-js";
import type { Registration, WatchRegistrationRequest } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import type { Runtime } from "@touchline/service/runtime";
import type { Follow } from "../feed/follow.ts";
import { type Actor, sees } from "../people/roles.ts";
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
  readonly follow: Follow;
  /** Ends every stream when it aborts. */
  readonly signal: AbortSignal;
  readonly runtime: Pick<Runtime, "every">;
}

export type WatchCall = ServerWritableStream<WatchRegistrationRequest, Registration>;

/** How many states may wait for a slow reader; beyond that, only the latest counts. */
const QUEUE_MAX = 64;
/** How long a stream may go on after its token was withdrawn, while nothing happens. */
export const ASK_AGAIN_MS = 2_000;

/**
 * Streams the states of a registration until the caller cancels. Rejects with `CallError` if it does not exist or is erased, and
 * once the caller may no longer see it; `whoAsks` returns the present caller, or throws.
 */
export const watchRegistration = async (call: WatchCall, watching: Watching, whoAsks: () => Actor): Promise<void> => {
  const { registrationId, afterPosition } = call.request;
  const after = readPosition(afterPosition);
  const sender = createSender(call, after);
  // Watching starts before reading, so that no change falls between the two.
  const ended = endOf(call, watching.signal);
  const maySee = (row: Row | undefined): row is Row => {
    try {
      return seen(row, whoAsks()) !== undefined;
    } catch (error) {
      ended.fail(error);
      return false;
    }
  };
  const stop = watching.watchers.watch(registrationId, (row) => {
    if (maySee(row)) sender.live(row);
  });
  let stopAsking = () => {};
  try {
    const row = seen(await watching.find(registrationId), whoAsks());
    stopAsking = watching.runtime.every(ASK_AGAIN_MS, () => void maySee(row));
    if (afterPosition === "") sender.catchUp([row]);
    // The row comes last: what changed it may be in a stream that the history leaves out, such as that of an e-mail.
    else sender.catchUp(row.position > after ? [...(await missed(watching, row)), row] : []);
    await ended.promise;
  } finally {
    stop();
    stopAsking();
    ended.dispose();
  }
};

/** For a caller who may not see a family, it does not exist. */
const seen = (row: Row | undefined, actor: Actor): Row => {
  if (!row || !sees(actor, row.team)) throw notFound();
  return row;
};

/** A caller that comes back after a break gets every state in between, from the streams themselves. */
const missed = async ({ store, queries }: Watching, { registration_id: id }: Row): Promise<Row[]> =>
  statesOf(await readHistory(store, id, queries.factsOf(id)));

/** The largest integer of SQLite, and of the event store. */
const POSITION_MAX = 2n ** 63n - 1n;

export const readPosition = (text: string): bigint => {
  if (text === "") return -1n;
  if (/^\d{1,19}$/.test(text) && BigInt(text) <= POSITION_MAX) return BigInt(text);
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

interface Cancellable {
  readonly cancelled: boolean;
  readonly on: (event: "cancelled" | "close", listener: () => void) => unknown;
}

/** Resolves when the caller has gone, and rejects when the service stops. */
export const endOf = (call: Cancellable, signal: AbortSignal) => {
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
