import { eventHeaders, streams } from "@touchline/contracts";
import type { Place } from "@touchline/event-store";
import { type KeptMessage, type Messaging, readMessages } from "@touchline/messaging";

/** The end of the EVENTS stream: the relay's only memory. */
export interface Tail {
  /** What the next publish must find as the stream's last sequence. */
  readonly lastSequence: number;
  /** `$all` position of the last event in the stream; undefined if it has none. */
  readonly position: bigint | undefined;
  /** Sequence of that event's message. */
  readonly sequence?: number;
}

export type ReadTail = () => Promise<Tail>;

/** How many messages to read at once when looking past those of others. Usually the first one is the relay's. */
const PAGE_MAX = 64;
/** How far back from the last message the other places to check are. */
const DISTANCES = [1, 4, 16, 64, 256, 1_024, 4_096];

/**
 * Reads the end of the stream downwards by sequence. If messages at the end were deleted, the server's "last message of a
 * subject" would say that there is none, and the relay would start from zero. Others should not publish here, but could: their
 * messages are read once and counted.
 */
export const createTailReader = (messaging: Messaging, onForeign?: (count: number) => void): ReadTail => {
  let known: Tail | undefined;
  let counted = 0;
  return async () => {
    const foreign: number[] = [];
    const tail = await readTail(messaging, known, (sequence) => foreign.push(sequence));
    const news = foreign.filter((sequence) => sequence > counted).length;
    if (news > 0) onForeign?.(news);
    counted = tail.lastSequence;
    known = tail;
    return tail;
  };
};

const readTail = async (
  messaging: Messaging,
  known: Tail | undefined,
  onForeign: (sequence: number) => void,
): Promise<Tail> => {
  const { state } = await messaging.jsm.streams.info(streams.events);
  const lastSequence = state.last_seq;
  if (state.messages === 0) return { lastSequence, position: undefined };
  // A stream that ends before the known tail was recreated.
  const seen = known && known.lastSequence <= lastSequence ? known : undefined;
  const found = await lastPlace(messaging, (seen?.lastSequence ?? state.first_seq - 1) + 1, lastSequence, onForeign);
  if (found) return { lastSequence, ...found };
  if (!seen) return { lastSequence, position: undefined };
  if (seen.sequence === undefined || (await placeAt(messaging, seen.sequence))?.position === seen.position)
    return { ...seen, lastSequence };
  // Lost or deleted: read on from before it, where others' messages are already counted.
  return readTail(messaging, undefined, () => {});
};

/** The relay's last message between two sequences. */
const lastPlace = async (
  messaging: Messaging,
  first: number,
  last: number,
  onForeign: (sequence: number) => void,
): Promise<{ readonly position: bigint; readonly sequence: number } | undefined> => {
  for (let [to, page] = [last, 1]; to >= first; page = Math.min(4 * page, PAGE_MAX)) {
    const from = Math.max(first, to + 1 - page);
    for (const message of (await readMessages(messaging, streams.events, from, to)).reverse()) {
      const place = placeOf(message);
      if (place) return { position: place.position, sequence: message.sequence };
      onForeign(message.sequence);
    }
    to = from - 1;
  }
  return undefined;
};

/** The last event in the stream and a few earlier ones, newest first: what NATS knows of the store. */
export const readPlaces = async (messaging: Messaging, { sequence }: Tail): Promise<Place[]> => {
  if (sequence === undefined) return [];
  const sequences = [0, ...DISTANCES].map((distance) => sequence - distance).filter((wanted) => wanted > 0);
  const places = await Promise.all(sequences.map((wanted) => placeAt(messaging, wanted)));
  return places.filter((place) => place !== undefined);
};

const placeAt = async (messaging: Messaging, sequence: number): Promise<Place | undefined> => {
  const [message] = await readMessages(messaging, streams.events, sequence, sequence);
  return message && placeOf(message);
};

/** Undefined if the message is not the relay's. */
const placeOf = ({ header }: KeptMessage): Place | undefined => {
  const position = header(eventHeaders.position);
  const id = header("Nats-Msg-Id");
  return position && /^\d{1,20}$/.test(position) && id ? { position: BigInt(position), id } : undefined;
};
