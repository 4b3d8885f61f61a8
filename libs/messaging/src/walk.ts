import { Fault } from "@touchline/contracts";
import { AckPolicy, type Consumer, DeliverPolicy, nanos } from "nats";
import { headerOf, type Messaging } from "./connection.ts";
import type { KeptMessage } from "./sweep.ts";

/** A message that is passed by, not taken: every consumer keeps its place. */
export interface PassedMessage extends KeptMessage {
  readonly sequence: number;
  readonly publishedAt: Date;
}

export interface WalkOptions {
  readonly stream: string;
  readonly subject: string;
  /** Only messages published since then. */
  readonly since?: Date;
}

const PAGE = 500;
const IDLE_MS = 30_000;
const WAIT_MS = 5_000;

/** Every message that a stream holds now on a subject, oldest first. Throws `Fault`. */
export const walkMessages = async function* (
  messaging: Messaging,
  { stream, subject, since }: WalkOptions,
): AsyncGenerator<PassedMessage> {
  const { jsm, js } = messaging;
  try {
    const { name, num_pending } = await jsm.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      filter_subject: subject,
      inactive_threshold: nanos(IDLE_MS),
      ...(since
        ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: since.toISOString() }
        : { deliver_policy: DeliverPolicy.All }),
    });
    if (num_pending > 0) yield* pagesOf(await js.consumers.get(stream, name));
    await jsm.consumers.delete(stream, name);
  } catch (error) {
    throw error instanceof Fault ? error : new Fault("nats_unavailable", { cause: error });
  }
};

const pagesOf = async function* (consumer: Consumer): AsyncGenerator<PassedMessage> {
  for (let pending = 1; pending > 0; ) {
    const before = pending;
    for await (const message of await consumer.fetch({ max_messages: PAGE, expires: WAIT_MS })) {
      pending = message.info.pending;
      yield {
        subject: message.subject,
        data: message.data,
        sequence: message.seq,
        publishedAt: new Date(message.info.timestampNanos / 1e6),
        header: (name) => headerOf(message, name),
      };
      if (pending === 0) break;
    }
    // The rest was deleted meanwhile.
    if (pending === before && pending > 0) return;
  }
};
