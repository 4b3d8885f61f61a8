import { Fault } from "@touchline/contracts";
import type { ConsumerState } from "./client.ts";
import type { Messaging } from "./connection.ts";
import { lastOnSubject } from "./walk.ts";

export interface StuckOptions {
  readonly stream: string;
  readonly signal: AbortSignal;
  /** Called with the name of a durable consumer for which NATS was asked to elect another leader. */
  readonly onFreed: (durable: string) => void;
  readonly onFailed: (error: unknown) => void;
}

const LOOK_EVERY_MS = 15_000;
const ANSWER_MS = 5_000;

/**
 * After a partition of a cluster, a consumer's leader may no longer notice what its stream stores (seen in NATS 2.9.10): it says that
 * nothing is pending, delivers nothing, and looks healthy. It delivers again once it has another leader, so this asks for one.
 */
export const freeStuckConsumers = async (messaging: Messaging, options: StuckOptions): Promise<void> => {
  const { signal, onFailed } = options;
  let suspects: Suspects = new Map();
  while (!signal.aborted) {
    await messaging.runtime.sleep(LOOK_EVERY_MS, signal, { guard: true });
    // A single server has no leaders to elect.
    if (signal.aborted || !messaging.isClustered()) continue;
    try {
      suspects = await lookOnce(messaging, options, suspects);
    } catch (error) {
      onFailed(error);
    }
  }
};

/** By name, the sequence that a consumer had delivered when it seemed to be stuck. */
type Suspects = ReadonlyMap<string, number>;

const lookOnce = async (messaging: Messaging, options: StuckOptions, before: Suspects): Promise<Suspects> => {
  const { stream, onFreed, onFailed } = options;
  const suspects = new Map<string, number>();
  for await (const consumer of messaging.jsm.consumers.list(stream)) {
    const { name, delivered } = consumer;
    if (!(await seemsStuck(messaging, stream, consumer))) continue;
    // The message may have come between the two answers. One that is still not pending at the next look did not.
    if (before.get(name) !== delivered.stream_seq) {
      suspects.set(name, delivered.stream_seq);
      continue;
    }
    // One that cannot be freed, such as one whose copies have no majority, must not keep the others from being freed.
    try {
      await electAnother(messaging, stream, name);
      onFreed(name);
    } catch (error) {
      suspects.set(name, delivered.stream_seq);
      onFailed(error);
    }
  }
  return suspects;
};

const seemsStuck = async (messaging: Messaging, stream: string, consumer: ConsumerState): Promise<boolean> => {
  const { config, delivered, num_pending } = consumer;
  if (num_pending > 0) return false;
  const last = await lastOnSubject(messaging, stream, config.filter_subject ?? ">");
  return last !== undefined && last.sequence > delivered.stream_seq;
};

const electAnother = async (messaging: Messaging, stream: string, durable: string): Promise<void> => {
  const subject = `$JS.API.CONSUMER.LEADER.STEPDOWN.${stream}.${durable}`;
  const answer = await messaging.request<{ error?: { description?: string } }>(
    subject,
    new Uint8Array(),
    {},
    ANSWER_MS,
  );
  if (answer?.error) throw new Fault("nats_unavailable", { detail: `${durable}: ${answer.error.description}` });
};
