import type { Runtime } from "@touchline/service";
import type { PulledMessage } from "./client.ts";

/** How a message that is being retried has failed in this process. */
export interface Failure {
  readonly firstAt: Date;
  /** How many errors were not `Fault`s. */
  readonly unexpected: number;
}

export interface Failures {
  /** Counts one more failure. */
  readonly add: (message: PulledMessage, isUnexpected: boolean) => Failure;
  readonly forget: (message: PulledMessage) => void;
}

const KEPT_MAX = 10_000;

/** Remembers the messages that failed last: another process may finish a message, and this one does not hear of it. */
export const rememberFailures = ({ now }: Pick<Runtime, "now">): Failures => {
  /** Oldest first. */
  const known = new Map<string, Failure>();
  return {
    add: (message, isUnexpected) => {
      const key = keyOf(message);
      const before = known.get(key) ?? { firstAt: now(), unexpected: 0 };
      const failure = { ...before, unexpected: before.unexpected + (isUnexpected ? 1 : 0) };
      known.delete(key);
      known.set(key, failure);
      for (const oldest of known.keys()) {
        if (known.size <= KEPT_MAX) break;
        known.delete(oldest);
      }
      return failure;
    },
    forget: (message) => void known.delete(keyOf(message)),
  };
};

/** With its time: a stream that was created again has other messages at the same sequences. */
const keyOf = ({ seq, info }: PulledMessage): string => `${seq} ${info.timestampNanos}`;
