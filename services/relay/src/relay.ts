import { gatewayChanges, gatewayRefusals, streams } from "@touchline/contracts";
import { checkPlaces, type EventStore } from "@touchline/event-store";
import {
  apiErrorCode,
  ensureStreams,
  type Messaging,
  makeConsumer,
  renewDeadLetters,
  type WantedConsumer,
} from "@touchline/messaging";
import type { Runtime } from "@touchline/service";
import { toMessage } from "./message.ts";
import { createPublisher, type PublisherOptions } from "./publisher.ts";
import { createTailReader, type ReadTail, readPlaces, type Tail } from "./tail.ts";

export interface RelayOptions extends Omit<PublisherOptions, "round" | "onFailed" | "runtime" | "readTail"> {
  readonly store: EventStore;
  readonly messaging: Messaging;
  readonly signal: AbortSignal;
  /** Ends the current round when it fires `resync`, for example because NATS came back and may have lost its tail. */
  readonly resync: EventTarget;
  readonly runtime: Pick<Runtime, "after" | "every" | "random" | "sleep">;
  /** Called for each event that is not Touchline's. */
  readonly onSkipped?: () => void;
  readonly onBroken?: (error: unknown) => void;
  /** Called each time a stream other than EVENTS, or a consumer of the gateway, cannot be created or updated. */
  readonly onMissing?: (error: unknown) => void;
  /** Called before each round with whether the store differs from the one that the stream was filled from. */
  readonly onChecked?: (exchanged: boolean) => void;
}

/** How often a quiet relay checks that the stream still has what was published. */
const WATCH_MS = 5_000;
/** Longer than the stream's duplicate window, so that a message it still remembers can be stored again. */
const RETRY_MS = 1_200;
/** How often to check again after the store was found to be exchanged. */
const LOOK_AGAIN_MS = 3_000;

/**
 * Keeps the EVENTS stream equal to `$all`, in order, each event once. Every round starts from what the stream itself has, and
 * every publish states the sequence that it must follow. Another publisher or a lost message ends the round, and the next one
 * starts from the truth. If the store has other events than the stream, nothing is published: the tail's position would mean
 * something else, and events before it would be missed silently.
 */
export const runRelay = async (options: RelayOptions): Promise<void> => {
  const { store, messaging, signal, runtime, onBroken, onChecked, onWorks } = options;
  const readTail = createTailReader(messaging, options.onForeign);
  messaging.need({ stream: streams.events });
  const keeping = keepOthers(options);
  while (!signal.aborted) {
    try {
      await ensureStreams(messaging, [streams.events]);
      const tail = await readTail();
      const exchanged = (await checkPlaces(store, await readPlaces(messaging, tail))) === "exchanged";
      onChecked?.(exchanged);
      if (exchanged) {
        // What is wrong is known.
        onWorks?.();
        await runtime.sleep(LOOK_AGAIN_MS, signal);
      } else await relayFrom(tail, readTail, options);
    } catch (error) {
      if (!signal.aborted) onBroken?.(error);
      await runtime.sleep(RETRY_MS * (0.8 + runtime.random() * 0.4), signal);
    }
  }
  await keeping;
};

/**
 * Creates the streams and gateway consumers that only the relay may create, and recreates them if they disappear. Events do not
 * wait for them.
 */
const keepOthers = async ({ messaging, signal, runtime, onMissing }: RelayOptions): Promise<void> => {
  messaging.need(gatewayRefusals);
  const make = async (consumer: WantedConsumer) => {
    await ensureStreams(messaging, [consumer.stream]);
    await makeConsumer(messaging, consumer);
  };
  const making = [
    () => ensureStreams(messaging, [streams.deadLetters]),
    () => renewDeadLetters(messaging),
    () => make(gatewayRefusals),
    () => make(gatewayChanges),
  ];
  while (!signal.aborted) {
    for (const one of making) await one().catch((error: unknown) => signal.aborted || onMissing?.(error));
    await runtime.sleep(WATCH_MS, signal, { guard: true });
  }
};

/** Ends without error on a resync or stop; throws when a publish or the subscription fails. */
const relayFrom = async (tail: Tail, readTail: ReadTail, options: RelayOptions): Promise<void> => {
  const { store, signal, resync, runtime, onSkipped, onWorks } = options;
  const round = new AbortController();
  const end = () => round.abort();
  const publisher = createPublisher(tail, { ...options, readTail, round: round.signal, onFailed: end });
  resync.addEventListener("resync", end);
  const checkTail = () => {
    const reached = publisher.reached();
    readTail().then(
      ({ position }) => (position ?? -1n) < reached && end(),
      // A refusal means that the stream is gone. If NATS does not answer, the next publish fails or the client reconnects.
      (error: unknown) => apiErrorCode(error) !== undefined && end(),
    );
  };
  const stopWatch = runtime.every(WATCH_MS, checkTail, { guard: true });
  try {
    await store.subscribe({
      after: tail.position,
      signal: AbortSignal.any([signal, round.signal]),
      ...(onSkipped && { onSkipped }),
      onCaughtUp: () => void (publisher.isIdle() && onWorks?.()),
      onEvent: (event) => {
        const message = toMessage(event);
        if (message) return publisher.take({ event, message });
        publisher.pass(event.position);
        onSkipped?.();
        return undefined;
      },
    });
  } finally {
    stopWatch();
    resync.removeEventListener("resync", end);
    await publisher.finish();
  }
};
