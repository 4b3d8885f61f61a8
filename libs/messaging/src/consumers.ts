import { Fault } from "@touchline/contracts";
import { AckPolicy, DeliverPolicy, JSONCodec, nanos } from "nats";
import type { JetStreamAdmin } from "./client.ts";
import type { Messaging, Request } from "./connection.ts";
import type { ConsumeOptions } from "./delivery.ts";
import { apiErrorCode, CONSUMER_NOT_FOUND } from "./streams.ts";

/** How long the messages of a killed process wait before another one gets them. */
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
 * Makes sure that a durable consumer exists with these settings. In production only the relay may create one, because that right
 * also allows delivery to any subject; so the relay is asked. If nobody answers, as without a relay, it is created here.
 */
export const ensureConsumer = async (messaging: Messaging, wanted: WantedConsumer): Promise<void> => {
  if (await isThere(messaging.jsm, wanted)) return;
  const { stream, durable, filter, inOrder } = wanted;
  const payload = JSONCodec().encode({ stream, filter, inOrder });
  const answer = await messaging.request<Answer>(subjectOf(durable), payload, {}, ASK_TIMEOUT_MS);
  if (!answer) await makeConsumer(messaging, wanted);
  else if (answer.error) throw new Fault("nats_unavailable", { detail: answer.error });
};

/** Creates consumers for services that may not, until the signal aborts. A service may ask for consumers with its own name only. */
export const serveConsumers = (
  messaging: Messaging,
  signal: AbortSignal,
  onBroken: (error: unknown) => void,
): Promise<void> => {
  const answer = async ({ subject, data }: Request): Promise<Answer> => {
    try {
      const { stream, filter, inOrder = false } = JSONCodec<WantedConsumer>().decode(data);
      // Nothing else is accepted, least of all a subject to deliver to.
      const durable = subject.slice(subjectOf("").length);
      await makeConsumer(messaging, { stream, durable, filter, inOrder });
      return {};
    } catch (error) {
      return { error: String(error) };
    }
  };
  return messaging.serve(subjectOf("*"), "relay", signal, answer, onBroken);
};

/**
 * An existing consumer is updated, never created: servers differ in how they refuse that, by version. Where it starts cannot be
 * changed; if somebody created it with another start, recovery finds the messages that it skips.
 */
export const makeConsumer = async ({ jsm }: Messaging, wanted: WantedConsumer): Promise<void> => {
  const { stream, durable } = wanted;
  const settings = settingsOf(wanted);
  try {
    await jsm.consumers.update(stream, durable, settings);
  } catch (error) {
    if (apiErrorCode(error) !== CONSUMER_NOT_FOUND) throw error;
    const place = { ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All };
    await jsm.consumers.add(stream, { durable_name: durable, ...settings, ...place });
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
