import { namesIn, partsIn } from "../store/record.ts";
import type { ServedStore } from "../store/store.ts";
import { firstVisible } from "../store/visible.ts";
import type { ReadContext } from "./read-context.ts";
import { eventFrame, linkFrame } from "./responses.ts";

const LINK_TYPE = "$>";
/** A number as .NET parses it: white space and a sign are allowed. */
const NUMBER = /^\s*([+-]?\d+)\s*$/;
const LARGEST_LONG = 2n ** 63n - 1n;

/** The frame for an event, together with the event it links to if requested. `live`: the event is new to the subscription. */
export function outgoingFrame({ store, resolveLinks, uuid }: ReadContext, frame: Buffer, live = false): Buffer {
  if (!resolveLinks || namesIn(frame).type !== LINK_TYPE) return eventFrame(frame, uuid);
  const link = parseLink(partsIn(frame).data.toString());
  // An event that is not a valid link, whatever its type, is an ordinary event; but a broken link if it is live.
  if (link === undefined) return live ? linkFrame(undefined, frame, frame, uuid) : eventFrame(frame, uuid);
  return linkFrame(linkedEvent(store, link), frame, frame, uuid);
}

interface Link {
  /** -1 for the last event. */
  readonly revision: bigint;
  /** Empty when the link names no stream. */
  readonly stream: string;
}

/** Undefined unless the data begins with a number. */
function parseLink(data: string): Link | undefined {
  const at = data.indexOf("@");
  const [, number] = NUMBER.exec(at < 0 ? data : data.slice(0, at)) ?? [];
  if (number === undefined) return undefined;
  const revision = BigInt(number.replace("+", ""));
  if (revision > LARGEST_LONG || revision < -LARGEST_LONG - 1n) return undefined;
  return { revision, stream: at < 0 ? "" : data.slice(at + 1) };
}

/** A link is broken if its event is deleted, hidden or never existed. Then it is sent alone. */
function linkedEvent(store: ServedStore, { revision, stream }: Link): Buffer | undefined {
  const head = store.heads.at(stream, store.lastPosition);
  const { id, lastRevision } = head;
  if (id === undefined || head.tombstoned || head.metadata.softDeleted) return undefined;
  const wanted = revision === -1n ? lastRevision : Number(revision);
  if (wanted > lastRevision || wanted < firstVisible(store.reader, head, Date.now())) return undefined;
  return store.reader.one(id, wanted)?.frame;
}
