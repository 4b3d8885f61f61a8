import { atMost, type Runtime } from "@touchline/service";
import { LRUCache } from "lru-cache";
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
  const known = new LRUCache<string, Failure>(atMost(KEPT_MAX));
  return {
    add: (message, isUnexpected) => {
      const key = keyOf(message);
      const before = known.get(key) ?? { firstAt: now(), unexpected: 0 };
      const failure = { ...before, unexpected: before.unexpected + (isUnexpected ? 1 : 0) };
      known.set(key, failure);
      return failure;
    },
    forget: (message) => void known.delete(keyOf(message)),
  };
};

/** With its time: a stream that was created again has other messages at the same sequences. */
const keyOf = ({ seq, info }: PulledMessage): string => `${seq} ${info.timestampNanos}`;
