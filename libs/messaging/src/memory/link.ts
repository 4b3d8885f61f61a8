import type { Runtime } from "@touchline/service";
import { ErrorCode, NatsError } from "nats";
import { createPresence, type Presence } from "./presence.ts";

/** What travels over a connection. `delivery` and `answer` come from the server; the rest goes to it. */
export type Crossing = "publish" | "call" | "answer" | "delivery" | "ack";

/** What happens to one crossing. By default it arrives at once. */
export interface Fate {
  readonly delayMs?: number;
  readonly lost?: boolean;
}

export interface LinkOptions {
  /** The process's own. */
  readonly runtime: Runtime;
  /** Aborted when the process dies, as in a power cut. From then on, nothing it sent reaches the server, and nothing reaches it. */
  readonly killed?: AbortSignal | undefined;
  /** Decides what happens to each crossing. */
  readonly fate?: ((crossing: Crossing) => Fate | undefined) | undefined;
}

/** One process's connection to the server. */
export interface Link {
  readonly runtime: Runtime;
  readonly presence: Presence;
  /** To the server, with no answer. */
  publish(arrive: () => void): void;
  acknowledge(arrive: () => void): void;
  /** To the server. Only a broken connection loses it, because a real client that misses heartbeats would ask again. */
  pull(arrive: () => void): void;
  /** From the server. */
  deliver(arrive: () => void): void;
  /** To the server and back. `work` throws the server's refusals. */
  call<T>(work: (answer: (value: T) => void) => void, timeoutMs?: number): Promise<T>;
  /** Reconnects after a moment, as a client does. */
  comeBack(): void;
}

const RECONNECT_MS = 250;
const CALL_TIMEOUT_MS = 5_000;

export const createLink = (options: LinkOptions, isServerUp: () => boolean): Link => {
  const { runtime, killed } = options;
  const presence = createPresence(killed, isServerUp);
  const cross = createCross(options, presence);
  return {
    runtime,
    presence,
    publish: (arrive) => cross("publish", arrive),
    acknowledge: (arrive) => cross("ack", arrive),
    pull: (arrive) => {
      if (presence.isUp()) arrive();
    },
    deliver: (arrive) => cross("delivery", arrive),
    call: (work, timeoutMs = CALL_TIMEOUT_MS) => call(options, presence, cross, work, timeoutMs),
    comeBack: () => void runtime.after(RECONNECT_MS, presence.attach, { unref: true }),
  };
};

type Cross = (crossing: Crossing, arrive: () => void) => void;

/** Crossings in one direction stay in order. */
const createCross = ({ runtime, fate }: LinkOptions, { isUp, connection }: Presence): Cross => {
  const lastAtMs = { up: 0, down: 0 };
  return (crossing, arrive) => {
    if (!isUp()) return;
    const { lost = false, delayMs = 0 } = fate?.(crossing) ?? {};
    // The decision about this crossing may have killed the process.
    if (lost || !isUp()) return;
    const lane = crossing === "answer" || crossing === "delivery" ? "down" : "up";
    const nowMs = runtime.monotonicMs();
    const atMs = Math.max(lastAtMs[lane], nowMs + delayMs);
    if (atMs > nowMs) {
      lastAtMs[lane] = atMs;
      const sentOver = connection();
      runtime.after(atMs - nowMs, () => isUp() && connection() === sentOver && arrive());
    } else arrive();
  };
};

const call = <T>(
  { runtime }: LinkOptions,
  { isClosed, isDead }: Presence,
  cross: Cross,
  work: (answer: (value: T) => void) => void,
  timeoutMs: number,
): Promise<T> => {
  if (isClosed()) return Promise.reject(NatsError.errorForCode(ErrorCode.ConnectionClosed));
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let cancel: (() => void) | undefined;
  let answered = false;
  const answer = (settle: () => void) =>
    cross("answer", () => {
      answered = true;
      cancel?.();
      settle();
    });
  cross("call", () => {
    try {
      work((value) => answer(() => resolve(value)));
    } catch (error) {
      answer(() => reject(error));
    }
  });
  // A dead process does not see its time-outs either.
  const late = () => isDead() || reject(NatsError.errorForCode(ErrorCode.Timeout));
  if (!answered) cancel = runtime.after(timeoutMs, late);
  return promise;
};
