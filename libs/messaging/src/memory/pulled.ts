import { NatsError } from "nats";
import type { KeptStoredMessage, Pulled, PulledMessage } from "../client.ts";
import type { Link } from "./link.ts";
import { createQueue } from "./queue.ts";
import type { Consumer, Pull } from "./types.ts";

export interface PullOptions {
  readonly max_messages: number;
  readonly expires: number;
}

/** Finds a consumer by name: it may have been deleted and created again. */
export type FindConsumer = () => Consumer | undefined;

/** nats.js asks for more when at most this share of its request is still to come. */
const REFILL_AT = 0.75;

/**
 * A client's messages from a consumer, until it stops. As in nats.js, the next request is sent when the reader has dealt with the
 * messages before it, so that little is fetched ahead of a slow reader.
 */
export const pullOn = (link: Link, find: FindConsumer, { max_messages, expires }: PullOptions): Pulled => {
  const threshold = Math.round(max_messages * REFILL_AT) || 1;
  let stopped = false;
  /** Messages asked for that have not arrived yet. */
  let wanted = 0;
  const fill = () => {
    if (stopped || wanted > threshold) return;
    const count = max_messages - wanted;
    wanted = max_messages;
    messages.whenReached(() => link.pull(() => ask(count)));
  };
  const ask = (count: number) => {
    const consumer = find();
    if (!consumer) stop(new NatsError("no responders", "503"));
    else if (!stopped) consumer.ask(pull, count, expires);
  };
  const drop = () => find()?.dropPull(pull);
  const startOver = () =>
    void link
      .call<boolean>((answer) => answer(find() !== undefined))
      .then((there) => {
        if (!there) return stop(new NatsError("consumer not found", "404"));
        wanted = 0;
        fill();
      }, stop);
  const stop = (error?: Error) => {
    if (stopped) return;
    stopped = true;
    link.presence.onAttached.delete(startOver);
    link.presence.onDetached.delete(drop);
    drop();
    messages.end(error);
  };
  const messages = createQueue<PulledMessage>(stop);
  const pull: Pull = {
    take: (message, deliveries) => {
      wanted--;
      link.deliver(() => messages.push(toPulled(link, find, message, deliveries)));
      fill();
    },
    onExpired: (left) => {
      wanted -= left;
      fill();
    },
    onGone: () => stop(new NatsError("consumer deleted", "409")),
  };
  link.presence.onAttached.add(startOver);
  link.presence.onDetached.add(drop);
  fill();
  return { stop: () => stop(), [Symbol.asyncIterator]: () => messages[Symbol.asyncIterator]() };
};

/** Up to `max_messages`, or those that arrive in time. */
export const fetchOnce = (link: Link, find: FindConsumer, { max_messages, expires }: PullOptions): Pulled => {
  let left = max_messages;
  const stop = () => {
    cancel();
    find()?.dropPull(pull);
    messages.end();
  };
  const messages = createQueue<PulledMessage>(() => stop());
  const pull: Pull = {
    take: (message, deliveries) =>
      link.deliver(() => {
        messages.push(toPulled(link, find, message, deliveries));
        if (--left === 0) stop();
      }),
    onExpired: () => {},
    onGone: () => stop(),
  };
  const cancel = link.runtime.after(expires, stop);
  link.pull(() => find()?.ask(pull, max_messages, expires));
  return { stop, [Symbol.asyncIterator]: () => messages[Symbol.asyncIterator]() };
};

const toPulled = (link: Link, find: FindConsumer, stored: KeptStoredMessage, deliveries: number): PulledMessage => {
  const { seq, subject, data, header, time } = stored;
  let answered = false;
  const toConsumer = (work: (consumer: Consumer) => void) =>
    link.acknowledge(() => {
      const consumer = find();
      if (consumer) work(consumer);
    });
  /** Only the first answer counts. */
  const answer = (work: (consumer: Consumer) => void): void => {
    if (!answered) toConsumer(work);
    answered = true;
  };
  return {
    seq,
    subject,
    data,
    headers: header,
    info: { deliveryCount: deliveries, timestampNanos: time.getTime() * 1e6 },
    ack: () => answer((consumer) => consumer.forget(seq)),
    term: () => answer((consumer) => consumer.forget(seq)),
    nak: (afterMs = 0) => answer((consumer) => consumer.bringAgain(seq, afterMs)),
    working: () => {
      if (!answered) toConsumer((consumer) => consumer.working(seq));
    },
  };
};
