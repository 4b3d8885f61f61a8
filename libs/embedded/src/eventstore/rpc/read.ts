import { namesIn } from "../store/record.ts";
import type { ServedStore } from "../store/store.ts";
import type { StoredEvent } from "../store/tail.ts";
import { firstVisible } from "../store/visible.ts";
import { invalidArgument, readAllFailed, streamDeleted, unknown } from "./failure.ts";
import { compileFilter, type EventFilter } from "./filter.ts";
import { Outgoing, type ReadCall } from "./outgoing.ts";
import type { ReadContext } from "./read-context.ts";
import type { From, ReadRequest } from "./read-request.ts";
import { outgoingFrame } from "./resolve.ts";
import { firstStreamPosition, lastStreamPosition, streamNotFound } from "./responses.ts";
import { isEnd, startPosition, startRevision } from "./start.ts";
import { subscribeToAll, subscribeToStream } from "./subscribe.ts";
import { checkedName } from "./write-checks.ts";

/** The size of EventStoreDB's page of a stream. */
const PAGE_EVENTS = 32;

export const readHandler =
  (store: ServedStore) =>
  (call: ReadCall): void => {
    const out = new Outgoing(call);
    read(store, call.request.options, out).then(
      () => out.end(),
      (error: unknown) => out.fail(error),
    );
  };

async function read(store: ServedStore, request: ReadRequest | undefined, out: Outgoing): Promise<void> {
  if (request === undefined) throw unknown("The request has no options.");
  const { target, amount, filter, uuid, backwards, resolveLinks } = request;
  if (uuid === undefined) throw invalidArgument("The required argument uuidOption is not set.");
  if (target === undefined || amount === undefined || filter === undefined) throw invalidCombination();
  const context = { store, out, uuid, resolveLinks };
  if (target.kind === "stream") {
    if (filter !== "none" || (amount.kind === "subscription" && backwards)) throw invalidCombination();
    if (target.stream === "") throw unknown("The stream name must not be empty.");
    checkedName(target.stream);
    if (amount.kind === "subscription") return subscribeToStream(context, target.stream, target.from);
    return readStream(context, target.stream, request, Number(amount.count));
  }
  const matches = filter === "none" ? undefined : compileFilter(filter);
  if (filter !== "none" && filter.window === undefined) throw invalidArgument("The filter's window is not set.");
  if (amount.kind === "count") return readAll(context, target.from, backwards, matches, Number(amount.count));
  if (backwards) throw invalidCombination();
  return subscribeToAll(context, target.from, filter === "none" ? undefined : filter, matches);
}

const invalidCombination = (): Error => invalidArgument("The combination of the request's options is invalid.");

async function readStream(context: ReadContext, stream: string, request: ReadRequest, count: number): Promise<void> {
  const { store, out } = context;
  const from = startRevision(request.target?.kind === "stream" ? request.target.from : undefined);
  if (count === 0) throw unknown("The count must be positive.");
  if (from === "end" && !request.backwards) throw unknown("A stream cannot be read forwards from its end.");
  const head = store.heads.at(stream, store.lastPosition);
  // Only up to the last revision at the start, so that a busy stream does not prolong the read.
  const { id, lastRevision } = head;
  if (head.tombstoned) throw streamDeleted(stream);
  if (id === undefined || lastRevision < 0 || head.metadata.softDeleted) {
    await out.send(streamNotFound(stream));
    return;
  }
  const visible = firstVisible(store.reader, head, Date.now());
  const first = from === "end" ? lastRevision : from;
  const { backwards, compatibility } = request;
  if (compatibility >= 1 && !backwards) {
    const next = nextAfterEmptyPage(first, count, visible, lastRevision);
    if (next !== undefined && next !== first) await out.send(firstStreamPosition(next));
  }
  const ends = backwards
    ? { first: Math.min(first, lastRevision), last: visible }
    : { first: Math.max(first, visible), last: lastRevision };
  await sendRange(context, id, { ...ends, backwards, count });
  if (compatibility >= 1) await out.send(lastStreamPosition(lastRevision));
}

/** The revision with which EventStoreDB goes on when its first page is empty; undefined when it is not. */
function nextAfterEmptyPage(first: number, count: number, visible: number, last: number): number | undefined {
  const pageEnd = first + Math.min(count, PAGE_EVENTS) - 1;
  if (visible > pageEnd) return visible;
  return Math.max(first, visible) > last ? last + 1 : undefined;
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly backwards: boolean;
  readonly count: number;
}

async function sendRange(context: ReadContext, stream: number, range: Range): Promise<void> {
  const { reader } = context.store;
  const { first, last, backwards, count } = range;
  let sent = 0;
  let left = Math.min(count, (backwards ? first - last : last - first) + 1);
  while (left > 0 && !context.out.stopped) {
    const page = backwards ? reader.down(stream, first - sent, left) : reader.up(stream, first + sent, left);
    if (page.length === 0) break;
    for (const event of page) await sendEvent(context, event);
    sent += page.length;
    left -= page.length;
  }
}

async function readAll(
  context: ReadContext,
  start: From<{ commit: bigint; prepare: bigint }>,
  backwards: boolean,
  matches: EventFilter | undefined,
  count: number,
): Promise<void> {
  if (count === 0) throw unknown("The count must be positive.");
  const { store, out } = context;
  const from = startPosition(start, backwards);
  const end = store.lastPosition;
  if (!store.canReadFrom(from)) throw readAllFailed(matches !== undefined, "InvalidPosition");
  if (backwards && !isEnd(start) && from > end + 1) throw readAllFailed(matches !== undefined, "Error");
  let sent = 0;
  // Reading forwards includes the position itself; reading backwards does not.
  let cursor = backwards ? Math.min(from, end + 1) : from - 1;
  while (sent < count && !out.stopped) {
    const limit = matches === undefined ? count - sent : Number.MAX_SAFE_INTEGER;
    const page = backwards ? store.reader.before(cursor, limit) : store.reader.after(cursor, end, limit);
    if (page.length === 0) return;
    for (const event of page) {
      cursor = event.position;
      if (matches !== undefined && !matches(namesIn(event.frame))) continue;
      await sendEvent(context, event);
      sent += 1;
      if (sent === count) return;
    }
    if (matches !== undefined) await pause();
  }
}

/** A filter that matches little must not keep others waiting. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function sendEvent(context: ReadContext, event: StoredEvent): Promise<void> | undefined {
  return context.out.send(outgoingFrame(context, event.frame));
}
