import {
  commitTimeout,
  type EventStore,
  notReady,
  type ServedStore,
  type WriteCommand,
  type WriteListener,
  type WriteOutcome,
} from "@touchline/embedded/server";
import type { Runtime } from "@touchline/service";
import { DELAYS } from "./delays.ts";
import type { After } from "./timeline.ts";

/** What happens to an append that a node receives. */
export type WritePath = "commit" | "commit without quorum" | "hang" | "not ready";

export interface NodeStoreOptions {
  readonly store: EventStore;
  readonly runtime: Runtime;
  readonly after: After;
  readonly writePath: () => WritePath;
  /** Whether subscriptions at this node no longer get anything. */
  readonly silent: () => boolean;
  /** How late answers to appends are sent. */
  readonly answersLateMs: () => number;
}

/** The shared store, as one node presents it to its clients. */
export const createNodeStore = (options: NodeStoreOptions): ServedStore => {
  const { store, runtime, after, writePath, silent, answersLateMs } = options;
  const late = (listener: WriteListener): WriteListener => ({
    done: (outcome) => {
      const ms = answersLateMs();
      if (ms === 0) listener.done(outcome);
      else runtime.after(ms, () => listener.done(outcome), { unref: true });
    },
    failed: (error) => listener.failed(error),
  });

  const write = (command: WriteCommand, listener: WriteListener): void => {
    const path = writePath();
    if (path === "commit") store.write(command, late(listener));
    // It is now in flight: it makes others fail, and may still become visible.
    else if (path === "commit without quorum") store.write(command, withTimeout(listener, after));
    else if (path === "not ready") listener.failed(notReady());
  };

  return {
    reader: store.reader,
    heads: store.heads,
    tail: store.tail,
    get lastPosition() {
      return store.lastPosition;
    },
    write,
    canReadFrom: (position) => store.canReadFrom(position),
    onNextEvents: (callback) =>
      store.onNextEvents(() => {
        if (!silent()) callback();
      }),
  };
};

const withTimeout = (listener: WriteListener, after: After): WriteListener => {
  let answered = false;
  const once = (answer: () => void): void => {
    if (answered) return;
    answered = true;
    cancel();
    answer();
  };
  const cancel = after(DELAYS.commitTimeout, () => once(() => listener.failed(commitTimeout())));
  return {
    done: (outcome: WriteOutcome) => once(() => listener.done(outcome)),
    failed: (error) => once(() => listener.failed(error)),
  };
};
