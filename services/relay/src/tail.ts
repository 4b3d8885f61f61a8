import { eventHeaders, streams } from "@touchline/contracts";
import type { Place } from "@touchline/event-store";
import { apiErrorCode, type Messaging } from "@touchline/messaging";

/** Where the EVENTS stream ends: the relay's only memory. */
export interface Tail {
  /** What the next publish must find as the stream's last sequence. */
  readonly lastSequence: number;
  /** `$all` position of the last event in the stream; undefined when it holds none. */
  readonly position: bigint | undefined;
  /** Sequence of the message that holds that event. */
  readonly sequence?: number;
}

const NO_MESSAGE_FOUND = 10037;
/** How many messages before the last one those are that are remembered with it. */
const DISTANCES = [1, 4, 16, 64, 256, 1_024, 4_096];

/**
 * Reads the end of the stream, by sequence and downwards: once messages at the end are deleted, the server's own "last message of
 * a subject" says that there is none, and the relay would start from zero.
 */
export const readTail = async ({ jsm }: Messaging): Promise<Tail> => {
  const { state } = await jsm.streams.info(streams.events);
  const lastSequence = state.last_seq;
  if (state.messages === 0) return { lastSequence, position: undefined };
  for (let sequence = lastSequence; sequence >= state.first_seq; sequence--) {
    const place = await placeAt(jsm, sequence);
    if (place) return { lastSequence, position: place.position, sequence };
  }
  return { lastSequence, position: undefined };
};

/** The last event in the stream and a few earlier ones, newest first: what NATS remembers of the store. */
export const readPlaces = async ({ jsm }: Messaging, { sequence }: Tail): Promise<Place[]> => {
  if (sequence === undefined) return [];
  const sequences = [0, ...DISTANCES].map((distance) => sequence - distance).filter((wanted) => wanted > 0);
  const places = await Promise.all(sequences.map((wanted) => placeAt(jsm, wanted)));
  return places.filter((place) => place !== undefined);
};

/** Undefined when the message is gone, or is not the relay's: others should not publish here, but they could. */
const placeAt = async (jsm: Messaging["jsm"], seq: number): Promise<Place | undefined> => {
  try {
    const { header } = await jsm.streams.getMessage(streams.events, { seq });
    const position = header?.get(eventHeaders.position);
    return position ? { position: BigInt(position), id: header.get("Nats-Msg-Id") } : undefined;
  } catch (error) {
    if (apiErrorCode(error) !== NO_MESSAGE_FOUND) throw error;
    return undefined;
  }
};
