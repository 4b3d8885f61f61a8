import { Fault } from "@touchline/contracts";
import { AckPolicy, DeliverPolicy, JSONCodec, nanos } from "nats";
import type { JetStreamAdmin } from "./client.ts";
import type { Messaging } from "./connection.ts";
import type { ConsumeOptions } from "./delivery.ts";
import { apiErrorCode, CANNOT_BE_MADE, CONSUMER_NOT_FOUND } from "./streams.ts";

/** How long the messages of a process that was killed wait for another one. */
const ACK_WAIT_MS = 10_000;
const ASK_TIMEOUT_MS = 5_000;

export type WantedConsumer = Pick<ConsumeOptions, "stream" | "durable" | "filter" | "inOrder">;

interface Answer {
  readonly error?: string;
}

const subjectOf = (durable: string): string => `consumer.${durable}`;

const settingsOf = ({ filter, inOrder = false }: WantedConsumer) => ({
  filter_subject: filter,
  ack_wait: nanos(ACK_WAIT_MS),
  max_ack_pending: inOrder ? 1 : 10_000,
  max_deliver: -1,
});

/**
 * Sees to it that a durable consumer is as it is wanted. In production only the relay may make one, since who may can also have
 * messages delivered to any subject: the relay is asked. Where nobody answers, as without a relay, it is made here.
 */
export const ensureConsumer = async (messaging: Messaging, wanted: WantedConsumer): Promise<void> => {
  if (await isThere(messaging.jsm, wanted)) return;
  const { stream, durable, filter, inOrder } = wanted;
  const payload = JSONCodec().encode({ stream, filter, inOrder });
  const answer = await messaging.request<Answer>(subjectOf(durable), payload, {}, ASK_TIMEOUT_MS);
  if (!answer) await makeConsumer(messaging, wanted);
  else if (answer.error) throw new Fault("nats_unavailable", { detail: answer.error });
};

/** Makes consumers for services that may not, until the signal aborts. Each service may ask for those of its own names. */
export const serveConsumers = (messaging: Messaging, signal: AbortSignal): Promise<void> =>
  messaging.serve(subjectOf("*"), "relay", signal, async ({ subject, data }): Promise<Answer> => {
    try {
      const { stream, filter, inOrder = false } = JSONCodec<WantedConsumer>().decode(data);
      // Nothing else is taken over: least of all a subject to deliver to.
      const durable = subject.slice(subjectOf("").length);
      await makeConsumer(messaging, { stream, durable, filter, inOrder });
      return {};
    } catch (error) {
      return { error: String(error) };
    }
  });

export const makeConsumer = async ({ jsm }: Messaging, wanted: WantedConsumer): Promise<void> => {
  const { stream, durable } = wanted;
  const place = { ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All };
  try {
    await jsm.consumers.add(stream, { durable_name: durable, ...settingsOf(wanted), ...place });
  } catch (error) {
    if (apiErrorCode(error) !== CANNOT_BE_MADE) throw error;
    // Somebody recreated it, at another place: that cannot be changed, and recovery finds what it leaves out.
    await jsm.consumers.update(stream, durable, settingsOf(wanted));
  }
};

const isThere = async (jsm: JetStreamAdmin, wanted: WantedConsumer): Promise<boolean> => {
  try {
    const { config } = await jsm.consumers.info(wanted.stream, wanted.durable);
    return Object.entries(settingsOf(wanted)).every(([name, value]) => config[name as keyof typeof config] === value);
  } catch (error) {
    if (apiErrorCode(error) !== CONSUMER_NOT_FOUND) throw error;
    return false;
  }
};
