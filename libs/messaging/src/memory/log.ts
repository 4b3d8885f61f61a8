import type { KeptStoredMessage } from "../client.ts";

type Fits = (subject: string) => boolean;

export interface Limits {
  /** No limit when negative. */
  readonly maxBytes: number;
  readonly oldestMs: number;
}

export type Log = ReturnType<typeof createLog>;

/** A stream's messages by sequence. A sequence is never used twice. */
export const createLog = (onRemoved: (seq: number) => void) => {
  /** In the order in which they were added, which is also the order of their sequences. */
  const messages = new Map<number, KeptStoredMessage>();
  let lastSeq = 0;
  let bytes = 0;
  /** A server's first sequence is 0 until the first message or purge. */
  let begun = false;

  const firstSeq = (): number => {
    for (const seq of messages.keys()) return seq;
    return begun ? lastSeq + 1 : 0;
  };

  const remove = (message: KeptStoredMessage): void => {
    messages.delete(message.seq);
    bytes -= diskBytes(message);
    onRemoved(message.seq);
  };

  return {
    state: () => ({ messages: messages.size, bytes, first_seq: firstSeq(), last_seq: lastSeq }),
    lastSeq: () => lastSeq,
    all: (): Iterable<KeptStoredMessage> => messages.values(),
    at: (seq: number): KeptStoredMessage | undefined => messages.get(seq),
    add: (message: Omit<KeptStoredMessage, "seq">): KeptStoredMessage => {
      const added = { ...message, seq: ++lastSeq };
      begun = true;
      messages.set(lastSeq, added);
      bytes += diskBytes(added);
      return added;
    },
    remove,
    /** Returns how many messages there were. */
    clear: (): number => {
      const gone = [...messages.keys()];
      begun = true;
      messages.clear();
      bytes = 0;
      for (const seq of gone) onRemoved(seq);
      return gone.length;
    },
    /** Removes messages that are too old or too many. */
    limit: ({ maxBytes, oldestMs }: Limits): void => {
      for (const message of messages.values()) {
        if (message.time.getTime() > oldestMs && !(maxBytes >= 0 && bytes > maxBytes)) return;
        remove(message);
      }
    },
    /** The first message at or after a sequence. */
    firstFrom: (from: number, fits: Fits): KeptStoredMessage | undefined => {
      for (let seq = Math.max(from, firstSeq()); seq <= lastSeq; seq++) {
        const message = messages.get(seq);
        if (message && fits(message.subject)) return message;
      }
      return undefined;
    },
    last: (fits: Fits): KeptStoredMessage | undefined => {
      for (let seq = lastSeq; seq >= Math.max(firstSeq(), 1); seq--) {
        const message = messages.get(seq);
        if (message && fits(message.subject)) return message;
      }
      return undefined;
    },
  };
};

/** A stream also keeps the sequence and the time of each message. */
const OVERHEAD_BYTES = 22;

const diskBytes = ({ subject, data, header }: KeptStoredMessage): number =>
  subject.length + wireBytes(data, header) + OVERHEAD_BYTES;

/** The size of a payload and its headers on the wire. */
export const wireBytes = (data: Uint8Array, headers: Iterable<[string, string[]]> = []): number => {
  let size = data.length;
  for (const [name, values] of headers) for (const value of values) size += name.length + value.length + 4;
  return size;
};
