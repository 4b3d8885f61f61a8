import { eventHeaders, streams } from "@touchline/contracts";
import { apiErrorCode, type Messaging } from "@touchline/messaging";

/** Where the EVENTS stream ends: the relay's only memory. */
export interface Tail {
  /** What the next publish must find as the stream's last sequence. */
  readonly lastSequence: number;
  /** `$all` position of the last event in the stream; undefined when it holds none. */
  readonly position: bigint | undefined;
}

const NO_MESSAGE_FOUND = 10037;

/**
 * Reads the end of the stream, by sequence and downwards: once messages at the end are deleted, the server's own "last message of
 * a subject" says that there is none, and the relay would start from zero.
 */
export const readTail = async ({ jsm }: Messaging): Promise<Tail> => {
  const { state } = await jsm.streams.info(streams.events);
  const lastSequence = state.last_seq;
  if (state.messages === 0) return { lastSequence, position: undefined };
  for (let seq = lastSequence; seq >= state.first_seq; seq--) {
    const position = await positionAt(jsm, seq);
    if (position !== undefined) return { lastSequence, position };
  }
  return { lastSequence, position: undefined };
};

/** Undefined when the message is gone, or is not the relay's: others should not publish here, but they could. */
const positionAt = async (jsm: Messaging["jsm"], seq: number): Promise<bigint | undefined> => {
  try {
    const { header } = await jsm.streams.getMessage(streams.events, { seq });
    const position = header?.get(eventHeaders.position);
    return position ? BigInt(position) : undefined;
  } catch (error) {
    if (apiErrorCode(error) !== NO_MESSAGE_FOUND) throw error;
    return undefined;
  }
};
