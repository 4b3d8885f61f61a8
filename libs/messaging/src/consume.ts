import { Fault } from "@touchline/contracts";
import { type Backoff, backoffMs } from "@touchline/service";
import { AckPolicy, DeliverPolicy, type JsMsg, nanos } from "nats";
import { headerOf, headersOf, type Messaging } from "./connection.ts";
import { park, serveRedrives } from "./dead-letters.ts";
import type { ConsumeOptions, Delivery, Settlement } from "./delivery.ts";
import { ensureStreams } from "./streams.ts";
import { traceHandling } from "./trace-handling.ts";

/** How long the messages of a process that was killed wait for another one. */
const ACK_WAIT_MS = 10_000;
const WORKING_EVERY_MS = 3_000;
const RETRY: Backoff = { firstMs: 250, maxMs: 60_000 };
const MAX_FAILURES = 8;

/** Consumes until the signal aborts, then waits for what is in flight. Survives NATS going away, and losing everything. */
export const consume = async (messaging: Messaging, given: ConsumeOptions): Promise<void> => {
  const options = given.tracing ? { ...given, handle: traceHandling(given.tracing, given) } : given;
  const redriving = serveRedrives(messaging, options);
  const failures: Failures = new Map();
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

/** When each message that is being retried first failed here, by sequence. */
type Failures = Map<number, Date>;

const FAILURES_MAX = 10_000;

const consumeOnce = async (messaging: Messaging, options: ConsumeOptions, failures: Failures): Promise<void> => {
  const { stream, durable, signal, inOrder = false } = options;
  const concurrency = inOrder ? 1 : (options.concurrency ?? 64);
  await ensureStreams(messaging.jsm);
  await messaging.jsm.consumers.add(stream, {
    durable_name: durable,
    filter_subject: options.filter,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: inOrder ? 1 : 10_000,
    max_deliver: -1,
  });
  const consumer = await messaging.js.consumers.get(stream, durable);
  // With this option the loop ends when stream or consumer are gone, so that they are made anew.
  const messages = await consumer.consume({
    max_messages: concurrency * 2,
    abort_on_missing_resource: true,
    expires: 5_000,
  });
  const stop = () => messages.stop();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const acknowledge = acknowledgeTogether(messaging.runtime);
  const inFlight = new Set<Promise<void>>();
  let onRoom: (() => void) | undefined;
  try {
    for await (const message of messages) {
      const work = settle(messaging, options, message, failures, acknowledge).finally(() => {
        inFlight.delete(work);
        onRoom?.();
      });
      inFlight.add(work);
      // Not a race of all that is in flight: each round would hang another reaction on every one of them.
      while (inFlight.size >= concurrency) await new Promise<void>((resolve) => (onRoom = resolve));
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await Promise.allSettled(inFlight);
  }
};

/** What is done at about the same time is acknowledged in one write. */
const acknowledgeTogether = ({ sleep }: Messaging["runtime"]) => {
  let moment: Promise<void> | undefined;
  return (message: JsMsg): Promise<void> => {
    moment ??= sleep(0).then(() => {
      moment = undefined;
    });
    return moment.then(() => message.ack());
  };
};

/** The one place that answers JetStream. */
const settle = async (
  messaging: Messaging,
  options: ConsumeOptions,
  message: JsMsg,
  failures: Failures,
  acknowledge: (message: JsMsg) => Promise<void>,
): Promise<void> => {
  const delivery = toDelivery(message);
  const { now, every, random } = messaging.runtime;
  const cancelWorking = every(WORKING_EVERY_MS, () => message.working());
  let { settlement, error } = await attempt(options, delivery);
  try {
    if (settlement === "done") await acknowledge(message);
    if (settlement === "later") {
      message.nak(backoffMs(delivery.deliveries, RETRY, random));
      if (failures.size < FAILURES_MAX && !failures.has(message.seq)) failures.set(message.seq, now());
    } else {
      const firstFailure = failures.get(message.seq) ?? now();
      failures.delete(message.seq);
      if (settlement === "poison") {
        await park(messaging, { ...options, delivery, error, firstFailure, headers: firstOfEach(message) });
        message.term();
      }
    }
  } catch (thrown) {
    // Not parked: it comes again when ack_wait is over.
    error = thrown;
    settlement = "later";
  } finally {
    cancelWorking();
  }
  options.onSettled?.(settlement, delivery, error);
};

const attempt = async (
  { handle, maxFailures = MAX_FAILURES }: ConsumeOptions,
  delivery: Delivery,
): Promise<{ settlement: Settlement; error?: unknown }> => {
  try {
    return { settlement: await handle(delivery) };
  } catch (error) {
    const exhausted = !(error instanceof Fault) && delivery.deliveries >= maxFailures;
    return { settlement: exhausted ? "poison" : "later", error };
  }
};

const firstOfEach = (message: JsMsg): Record<string, string> =>
  Object.fromEntries([...(headersOf(message) ?? [])].map(([name, values]) => [name, values[0] ?? ""]));

const toDelivery = (message: JsMsg): Delivery => ({
  subject: message.subject,
  data: message.data,
  sequence: message.seq,
  deliveries: message.info.deliveryCount,
  publishedAt: new Date(message.info.timestampNanos / 1e6),
  header: (name) => headerOf(message, name),
});
