import { allEventSubjects, eventHeaders, streams } from "@touchline/contracts";
import { apiErrorCode, type Messaging } from "@touchline/messaging";

/** Where the EVENTS stream ends: the relay's only memory. */
export interface Tail {
  /** What the next publish must find as the stream's last sequence. */
  readonly lastSequence: number;
  /** `$all` position of the last event in the stream; undefined when it holds none. */
  readonly position: bigint | undefined;
}

const NO_MESSAGE_FOUND = 10037;

export const readTail = async ({ jsm }: Messaging): Promise<Tail> => {
  // In this order: whatever comes in between makes the first publish fail, and the tail is read again.
  const { state } = await jsm.streams.info(streams.events);
  let position: bigint | undefined;
  try {
    let last = await jsm.streams.getMessage(streams.events, { last_by_subj: allEventSubjects });
    // Nobody else should publish here; a message that somebody did must not make the relay start from zero.
    while (!last.header?.get(eventHeaders.position)) {
      last = await jsm.streams.getMessage(streams.events, { seq: last.seq - 1 });
    }
    position = BigInt(last.header.get(eventHeaders.position));
  } catch (error) {
    if (apiErrorCode(error) !== NO_MESSAGE_FOUND) throw error;
  }
  return { lastSequence: state.last_seq, position };
};
