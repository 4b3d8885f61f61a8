import { randomUUID } from "node:crypto";
import type { Head } from "../store/heads.ts";
import { namesIn, TOMBSTONE } from "../store/record.ts";
import type { LiveEvent, StoredEvent } from "../store/tail.ts";
import { firstVisible } from "../store/visible.ts";
import { Checkpoints } from "./checkpoints.ts";
import { invalidSubscriptionPosition, streamDeleted } from "./failure.ts";
import type { EventFilter, EventNames } from "./filter.ts";
import type { ReadContext } from "./read-context.ts";
import type { FilterOptions, From } from "./read-request.ts";
import { outgoingFrame } from "./resolve.ts";
import { caughtUp, confirmation } from "./responses.ts";
import { isEnd, startPosition, startRevision } from "./start.ts";

const EVERYTHING = Number.MAX_SAFE_INTEGER;

/**
 * A subscription is a cursor that moves along the log. It reads from disk while it is behind, and from the shared tail when it is
 * not. There is no queue, so a slow client takes up nothing but its place.
 */
export async function subscribeToAll(
  context: ReadContext,
  from: From<{ commit: bigint; prepare: bigint }>,
  filter: FilterOptions | undefined,
  matches: EventFilter | undefined,
): Promise<void> {
  const { store, out } = context;
  const start = startPosition(from, false);
  // A checkpoint has prepare position 0, so the record at its commit position comes after it.
  const inclusive = from?.kind === "at" && from.prepare < from.commit;
  let cursor = isEnd(from) ? store.lastPosition : start - (inclusive ? 1 : 0);
  const checkpoints = filter === undefined ? undefined : new Checkpoints(filter);
  if (from?.kind === "at" && cursor < store.lastPosition) checkpoints?.reach(start, Number(from.prepare));
  await out.send(confirmation(randomUUID()));
  if (!isEnd(from) && !store.canReadFrom(start)) throw invalidSubscriptionPosition();

  // Returns a promise only when the client has no room. A promise for every event would cost a catch-up a fifth of its speed.
  const deliver = (event: StoredEvent, names: () => EventNames, live = false): Promise<void> | undefined => {
    const wanted = matches?.(names()) !== false;
    const sent = wanted ? out.send(outgoingFrame(context, event.frame, live)) : undefined;
    cursor = event.position;
    const checkpoint = checkpoints?.consider(cursor, wanted);
    if (checkpoint === undefined) return sent;
    return sent === undefined ? out.send(checkpoint) : sent.then(() => out.send(checkpoint));
  };

  while (!out.stopped) {
    checkpoints?.fellBehind();
    for (;;) {
      const page = out.stopped ? [] : store.reader.after(cursor, store.lastPosition, EVERYTHING);
      if (page.length === 0) break;
      for (const event of page) {
        const full = deliver(event, () => namesIn(event.frame));
        if (full !== undefined) await full;
        if (out.stopped) return;
      }
      await pause();
    }
    const reached = checkpoints?.caughtUp();
    if (reached !== undefined) await out.send(reached);
    await out.send(caughtUp());
    await followTail(
      context,
      () => cursor,
      (event) => deliver(event, () => event.names, true),
    );
  }
}

/** Delivers new events; returns when the client is gone, or so far behind that the disk must be read. */
async function followTail(
  { store, out }: ReadContext,
  cursor: () => number,
  deliver: (event: LiveEvent) => Promise<void> | undefined,
): Promise<void> {
  while (!out.stopped) {
    const events = store.tail.after(Math.min(cursor(), store.lastPosition));
    if (events === undefined) return;
    for (const event of events) {
      if (out.stopped) return;
      const full = event.position > cursor() ? deliver(event) : undefined;
      if (full !== undefined) await full;
    }
    if (cursor() >= store.lastPosition) await nextEvents(store, out);
  }
}

function nextEvents(store: ReadContext["store"], out: ReadContext["out"]): Promise<void> {
  return new Promise((resolve) => {
    const forget = store.onNextEvents(resolve);
    out.whenStopped(() => {
      forget();
      resolve();
    });
  });
}

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The start revision is exclusive, because the client has already seen it. */
export async function subscribeToStream(
  context: ReadContext,
  stream: string,
  from: From<{ revision: bigint }>,
): Promise<void> {
  const { store, out } = context;
  const start = startRevision(from);
  const head = store.heads.at(stream, store.lastPosition);
  if (head.tombstoned) throw streamDeleted(stream);
  let next = nextRevision(start, from, head);
  /** Everything up to here has been checked, in this stream and all others. */
  let seen = store.lastPosition;
  await out.send(confirmation(randomUUID()));

  const send = async (event: StoredEvent, live = false): Promise<void> => {
    next = event.revision === TOMBSTONE ? TOMBSTONE : event.revision + 1;
    await out.send(outgoingFrame(context, event.frame, live));
    if (event.revision === TOMBSTONE) throw streamDeleted(stream);
  };

  while (!out.stopped) {
    for (;;) {
      // Take the position first: events committed while the page is sent come from the tail.
      seen = store.lastPosition;
      const page = out.stopped ? [] : historyPage(context, stream, next);
      if (page.length === 0) break;
      for (const event of page) {
        await send(event);
        if (out.stopped) return;
      }
    }
    await out.send(caughtUp());
    await followTail(
      context,
      () => seen,
      async (event) => {
        const ours = event.revision >= next && store.heads.of(stream).id === event.stream;
        if (ours) await send(event, true);
        seen = event.position;
      },
    );
  }
}

function nextRevision(start: number | "end", from: From<{ revision: bigint }>, head: Head): number {
  if (start === "end") return head.lastRevision + 1;
  return from?.kind === "start" ? 0 : start + 1;
}

function historyPage({ store }: ReadContext, stream: string, next: number): StoredEvent[] {
  const head = store.heads.at(stream, store.lastPosition);
  if (head.id === undefined || (head.metadata.softDeleted && !head.tombstoned)) return [];
  const first = Math.max(next, firstVisible(store.reader, head, Date.now()));
  return store.reader.up(head.id, first, EVERYTHING).filter((event) => event.position <= store.lastPosition);
}
