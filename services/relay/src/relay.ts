import { gatewayChanges, gatewayRefusals, streams } from "@touchline/contracts";
import { checkPlaces, type EventStore } from "@touchline/event-store";
import { ensureStreams, type Messaging, makeConsumer, type WantedConsumer } from "@touchline/messaging";
import type { Runtime } from "@touchline/service";
import { toMessage } from "./message.ts";
import { createPublisher, type PublisherOptions } from "./publisher.ts";
import { createTailReader, type ReadTail, readPlaces, type Tail } from "./tail.ts";

export interface RelayOptions extends Omit<PublisherOptions, "round" | "onFailed" | "runtime" | "readTail"> {
  readonly store: EventStore;
  readonly messaging: Messaging;
  readonly signal: AbortSignal;
  /** Ends the present round when it fires `resync`, for example because NATS came back and may have lost its tail. */
  readonly resync: EventTarget;
  readonly runtime: Pick<Runtime, "after" | "every" | "random" | "sleep">;
  /** Called for each event that is not Touchline's. */
  readonly onSkipped?: () => void;
  readonly onBroken?: (error: unknown) => void;
  /** Called each time that a stream other than EVENTS, or a consumer of the gateway, cannot be made. */
  readonly onMissing?: (error: unknown) => void;
  /** Called before each round with whether the store has other events than the stream was filled from. */
  readonly onChecked?: (exchanged: boolean) => void;
}

/** How often a quiet relay checks that the stream still holds what it has published. */
const WATCH_MS = 5_000;
/** Longer than the stream's duplicate window, so that a message it still remembers can be stored again. */
const RETRY_MS = 1_200;
/** How often a relay that publishes nothing, because the store was exchanged, looks whether that was cured. */
const LOOK_AGAIN_MS = 3_000;

/**
 * Keeps the EVENTS stream equal to `$all`, in order, each event once. Every round starts from what the stream itself
 * holds, and every publish states the sequence that it must follow: another publisher, or a lost message, ends the
 * round, and the next one starts from the truth. Where the store has other events than the stream, nothing is published:
 * what follows the tail's position would be other events, and those before it would be missed in silence.
 */
export const runRelay = async (options: RelayOptions): Promise<void> => {
  const { store, messaging, signal, runtime, onBroken, onChecked } = options;
  const readTail = createTailReader(messaging, options.onForeign);
  messaging.need({ stream: streams.events });
  const keeping = keepOthers(options);
  while (!signal.aborted) {
    try {
      await ensureStreams(messaging, [streams.events]);
      const tail = await readTail();
      const exchanged = (await checkPlaces(store, await readPlaces(messaging, tail))) === "exchanged";
      onChecked?.(exchanged);
      if (exchanged) await runtime.sleep(LOOK_AGAIN_MS, signal);
      else await relayFrom(tail, readTail, options);
    } catch (error) {
      if (!signal.aborted) onBroken?.(error);
      await runtime.sleep(RETRY_MS * (0.8 + runtime.random() * 0.4), signal);
    }
  }
  await keeping;
};

/**
 * Makes the streams and the gateway's consumers that nobody else may make, also when they go while the relay runs. Events do not wait
 * for them. What registration publishes for the gateway has a place of its own.
 */
const keepOthers = async ({ messaging, signal, runtime, onMissing }: RelayOptions): Promise<void> => {
  messaging.need(gatewayRefusals);
  const make = async (consumer: WantedConsumer) => {
    await ensureStreams(messaging, [consumer.stream]);
    await makeConsumer(messaging, consumer);
  };
  const making = [
    () => ensureStreams(messaging, [streams.deadLetters]),
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
  const { store, signal, resync, runtime, onSkipped } = options;
  const round = new AbortController();
  const end = () => round.abort();
  const publisher = createPublisher(tail, { ...options, readTail, round: round.signal, onFailed: end });
  resync.addEventListener("resync", end);
  const checkTail = () => {
    const reached = publisher.reached();
    readTail().then(
      ({ position }) => (position ?? -1n) < reached && end(),
      () => {}, // A NATS that does not answer fails the next publish, or reconnects.
    );
  };
  const stopWatch = runtime.every(WATCH_MS, checkTail, { guard: true });
  try {
    await store.subscribe({
      after: tail.position,
      signal: AbortSignal.any([signal, round.signal]),
      ...(onSkipped && { onSkipped }),
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
