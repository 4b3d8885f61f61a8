import type { KeptStoredMessage } from "../client.ts";
import type { Pull } from "./types.ts";

interface Asked {
  readonly pull: Pull;
  left: number;
  readonly untilMs: number;
}

interface HandedOut {
  readonly message: KeptStoredMessage;
  readonly deliveries: number;
}

/** Clients' requests to a consumer, served in turn with one message each. */
export const createPulls = (monotonicMs: () => number) => {
  let waiting: Asked[] = [];

  const takeFirst = (): Asked | undefined => {
    for (let first = waiting.shift(); first; first = waiting.shift()) {
      if (first.untilMs > monotonicMs()) return first;
      // A real server reports this the moment it happens. There has been nothing to deliver since, so it makes no difference.
      first.pull.onExpired(first.left);
    }
    return undefined;
  };

  return {
    add: (pull: Pull, count: number, forMs: number): void => {
      waiting.push({ pull, left: count, untilMs: monotonicMs() + forMs });
    },
    /** Gives out messages while there are some and somebody wants them. */
    serve: (next: () => HandedOut | undefined): void => {
      for (let asked = takeFirst(); asked; asked = takeFirst()) {
        const handedOut = next();
        if (!handedOut) {
          waiting.unshift(asked);
          return;
        }
        asked.left--;
        if (asked.left > 0) waiting.push(asked);
        asked.pull.take(handedOut.message, handedOut.deliveries);
      }
    },
    drop: (pull: Pull): void => {
      waiting = waiting.filter((other) => other.pull !== pull);
    },
    /** Drops all requests and returns them. */
    clear: (): ReadonlySet<Pull> => {
      const open = new Set(waiting.map(({ pull }) => pull));
      waiting = [];
      return open;
    },
  };
};
