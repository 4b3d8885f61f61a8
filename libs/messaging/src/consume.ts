import { Fault, streams } from "@touchline/contracts";
import { type Backoff, backoffMs } from "@touchline/service";
import { ConsumerDebugEvents } from "nats";
import type { Pulled, PulledMessage } from "./client.ts";
import { headerOf, headersOf, type Messaging } from "./connection.ts";
import { ensureConsumer } from "./consumers.ts";
import { park, serveRedrives } from "./dead-letters.ts";
import type { ConsumeOptions, Delivery, Settlement } from "./delivery.ts";
import { type Failures, rememberFailures } from "./failures.ts";
import { ensureStreams } from "./streams.ts";
import { traceHandling } from "./trace-handling.ts";

const WORKING_EVERY_MS = 3_000;
const RETRY: Backoff = { firstMs: 250, maxMs: 60_000 };
const MAX_FAILURES = 8;
const HEARTBEAT_MS = 2_500;
/** How many heartbeats a consumer with room for work may hear nothing. */
const SILENT_MAX = 3;
/** Across accounts, NATS keeps some kilobytes for each pull until the inbox of the pulls is gone. */
const NEW_INBOX_EVERY_MS = 15 * 60_000;

/** Consumes until the signal aborts, then waits for messages in flight. Survives a NATS that goes away, or that loses everything. */
export const consume = async (messaging: Messaging, given: ConsumeOptions): Promise<void> => {
  const options = given.tracing ? { ...given, handle: traceHandling(given.tracing, given) } : given;
  messaging.need(options);
  const redriving = serveRedrives(messaging, options);
  const failures = rememberFailures(messaging.runtime);
  while (!options.signal.aborted) {
    try {
      await consumeOnce(messaging, options, failures);
    } catch (error) {
      options.onBroken?.(error);
      await messaging.runtime.sleep(500, options.signal);
    }
  }
  await redriving;
};

const consumeOnce = async (messaging: Messaging, options: ConsumeOptions, failures: Failures): Promise<void> => {
  const { stream, durable, signal, inOrder = false } = options;
  const concurrency = inOrder ? 1 : (options.concurrency ?? 64);
  await ensureStreams(messaging, [stream, streams.deadLetters]);
  await ensureConsumer(messaging, options);
  const consumer = await messaging.js.consumers.get(stream, durable);
  // With this option the loop ends when the stream or consumer is gone, so that it is created again.
  const messages = await consumer.consume({
    max_messages: concurrency * 2,
    abort_on_missing_resource: true,
    expires: 2 * HEARTBEAT_MS,
    idle_heartbeat: HEARTBEAT_MS,
  });
  const stop = () => messages.stop();
  const inFlight = new Set<Promise<void>>();
  let cancelRenewal: (() => void) | undefined;
  const onPull = () => {
    cancelRenewal ??= messaging.runtime.after(NEW_INBOX_EVERY_MS, stop, { unref: true });
  };
  const silence = watchSilence(messaging.runtime, messages, () => inFlight.size < concurrency, onPull);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const acknowledge = acknowledgeTogether(messaging.runtime);
  let onRoom: (() => void) | undefined;
  try {
    for await (const message of messages) {
      silence.heard();
      const work = settle(messaging, options, message, failures, acknowledge).finally(() => {
        inFlight.delete(work);
        onRoom?.();
      });
      inFlight.add(work);
      // Not a Promise.race of all work in flight: each round would add another reaction to every promise.
      while (inFlight.size >= concurrency) await new Promise<void>((resolve) => (onRoom = resolve));
    }
  } finally {
    cancelRenewal?.();
    silence.cancel();
    signal.removeEventListener("abort", stop);
    await Promise.allSettled(inFlight);
  }
};

/**
 * Ends a consumer that hears nothing while it has room for work, so that it is opened again. The client library does this itself
 * only while its own timer runs: not after a reconnect in the middle of its check that the consumer exists.
 */
const watchSilence = (
  { every }: Messaging["runtime"],
  messages: Pulled,
  isWaiting: () => boolean,
  onPull: () => void,
): { readonly heard: () => void; readonly cancel: () => void } => {
  // Counted, not timed: a process that was frozen has also heard nothing, but nothing is wrong.
  let silent = 0;
  const heard = () => {
    silent = 0;
  };
  if (!messages.status) return { heard, cancel: () => {} };
  // A pull ends after two heartbeats, and the server reports that.
  const follow = async (said: AsyncIterable<{ readonly type: string }>) => {
    for await (const { type } of said) {
      if (type === ConsumerDebugEvents.Next) onPull();
      if (type === ConsumerDebugEvents.DebugEvent || type === ConsumerDebugEvents.Discard) heard();
    }
  };
  const end = (error: unknown) => messages.stop(error instanceof Error ? error : new Error(String(error)));
  messages.status().then(follow).catch(end);
  const cancel = every(HEARTBEAT_MS, () => {
    if (!isWaiting()) heard();
    else if (++silent > SILENT_MAX) end(new Error(`NATS missed ${SILENT_MAX} heartbeats`));
  });
  return { heard, cancel };
};

/** Acknowledges messages that finish at about the same time in one write. */
const acknowledgeTogether = ({ sleep }: Messaging["runtime"]) => {
  let moment: Promise<void> | undefined;
  return (message: PulledMessage): Promise<void> => {
    moment ??= sleep(0).then(() => {
      moment = undefined;
    });
    return moment.then(() => message.ack());
  };
};

/** The only place that answers JetStream. */
const settle = async (
  messaging: Messaging,
  options: ConsumeOptions,
  message: PulledMessage,
  failures: Failures,
  acknowledge: (message: PulledMessage) => Promise<void>,
): Promise<void> => {
  const delivery = toDelivery(message);
  const { every, random } = messaging.runtime;
  const { maxFailures = MAX_FAILURES } = options;
  const cancelWorking = every(WORKING_EVERY_MS, () => stillWorking(message));
  let { settlement, error } = await attempt(options, delivery);
  try {
    if (settlement === "done") await acknowledge(message);
    else {
      const { firstAt, unexpected } = failures.add(message, error !== undefined && !(error instanceof Fault));
      if (unexpected >= maxFailures) settlement = "poison";
      if (settlement === "later") message.nak(backoffMs(delivery.deliveries, RETRY, random));
      else {
        await park(messaging, { ...options, delivery, error, firstFailure: firstAt, headers: firstOfEach(message) });
        message.term();
      }
    }
    if (settlement !== "later") failures.forget(message);
  } catch (thrown) {
    // Not parked: it is redelivered after ack_wait.
    error = thrown;
    settlement = "later";
  } finally {
    cancelWorking();
  }
  options.onSettled?.(settlement, delivery, error);
};

const stillWorking = (message: PulledMessage): void => {
  try {
    message.working();
  } catch {
    // The connection is closed. The message is redelivered, to another process.
  }
};

const attempt = async (
  { handle }: ConsumeOptions,
  delivery: Delivery,
): Promise<{ settlement: Settlement; error?: unknown }> => {
  try {
    return { settlement: await handle(delivery) };
  } catch (error) {
    return { settlement: "later", error };
  }
};

const firstOfEach = (message: PulledMessage): Record<string, string> =>
  Object.fromEntries([...(headersOf(message) ?? [])].map(([name, values]) => [name, values[0] ?? ""]));

const toDelivery = (message: PulledMessage): Delivery => ({
  subject: message.subject,
  data: message.data,
  sequence: message.seq,
  deliveries: message.info.deliveryCount,
  publishedAt: new Date(message.info.timestampNanos / 1e6),
  header: (name) => headerOf(message, name),
});
