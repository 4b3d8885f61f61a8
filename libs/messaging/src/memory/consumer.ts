import type { Runtime } from "@touchline/service";
import { AckPolicy, DeliverPolicy, millis, nanos } from "nats";
import type { ConsumerSettings, KeptStoredMessage } from "../client.ts";
import { createPulls } from "./pulls.ts";
import { refusal } from "./refusals.ts";
import { matcher } from "./subjects.ts";
import type { Consumer, Stream } from "./types.ts";
import { createUnacknowledged } from "./unacknowledged.ts";

const ACK_WAIT_MS = 30_000;
const defaults = {
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  ack_wait: nanos(ACK_WAIT_MS),
  max_ack_pending: 1_000,
  max_deliver: -1,
};

/** Remembers up to where no message matches, so that others' messages are not checked again and again. */
const searchIn = (stream: Stream, pattern = ">") => {
  const fits = matcher(pattern);
  let emptyFrom = Number.POSITIVE_INFINITY;
  let emptyTo = 0;
  return {
    from: (seq: number) => {
      const found = stream.firstFrom(seq >= emptyFrom ? Math.max(seq, emptyTo) : seq, fits);
      if (!found) {
        emptyFrom = seq;
        emptyTo = stream.lastSeq() + 1;
      }
      return found;
    },
  };
};

export const createConsumer = (
  name: string,
  given: Partial<ConsumerSettings>,
  stream: Stream,
  runtime: Pick<Runtime, "monotonicMs" | "after">,
): Consumer => {
  let settings = { ...defaults, ...given };
  let search = searchIn(stream, settings.filter_subject);
  /** The sequence from which to look for the next message never delivered. */
  let next = settings.deliver_policy === DeliverPolicy.New ? stream.info().state.last_seq + 1 : 1;
  const handed = createUnacknowledged(runtime, () => deliver());
  const pulls = createPulls(runtime.monotonicMs);

  const nextMessage = (): KeptStoredMessage | undefined => {
    for (let seq = handed.nextDue(); seq !== undefined; seq = handed.nextDue()) {
      const message = stream.at(seq);
      if (message) return message;
    }
    if (handed.size() >= settings.max_ack_pending) return undefined;
    const message = search.from(next);
    if (message) next = message.seq + 1;
    return message;
  };

  const deliver = (): void =>
    pulls.serve(() => {
      const message = nextMessage();
      if (!message || settings.ack_policy === AckPolicy.None) return message && { message, deliveries: 1 };
      return { message, deliveries: handed.give(message.seq, millis(settings.ack_wait)) };
    });

  return {
    deliver,
    forget: (seq) => {
      if (!handed.has(seq)) return;
      handed.forget(seq);
      deliver();
    },
    working: (seq) => {
      if (handed.has(seq)) handed.dueIn(seq, millis(settings.ack_wait));
    },
    bringAgain: (seq, afterMs) => {
      if (!handed.has(seq)) return;
      if (afterMs > 0) return handed.dueIn(seq, afterMs);
      handed.dueNow(seq);
      deliver();
    },
    ask: (pull, count, forMs) => {
      pulls.add(pull, count, forMs);
      deliver();
    },
    dropPull: pulls.drop,
    delete: () => {
      handed.stop();
      for (const pull of pulls.clear()) pull.onGone();
    },
    update: (changed) => {
      if ((changed.deliver_policy ?? settings.deliver_policy) !== settings.deliver_policy)
        throw refusal("cannotBeUpdated");
      settings = { ...settings, ...changed };
      search = searchIn(stream, settings.filter_subject);
      deliver();
    },
    info: () => {
      let waiting = 0;
      for (let found = search.from(next); found; found = search.from(found.seq + 1)) waiting++;
      return {
        name,
        config: settings,
        num_pending: waiting,
        num_ack_pending: handed.size(),
        num_redelivered: handed.redelivered(),
        delivered: { stream_seq: next - 1 },
        ack_floor: { stream_seq: Math.min(next, handed.first()) - 1 },
      };
    },
  };
};
