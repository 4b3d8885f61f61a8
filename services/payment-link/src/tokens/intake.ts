import { catalogue, eventSubject, type RegistrationEvent, streams } from "@touchline/contracts";
import { type Cause, type EventStore, transact } from "@touchline/event-store";
import {
  type ConsumeOptions,
  type Delivery,
  decodeEventMessage,
  type EventMessage,
  type Settlement,
} from "@touchline/messaging";
import type { Metrics, Runtime } from "@touchline/service";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { closeLink, eraseLink } from "../payment/decide.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import { giveToken, type Registration, type TokenOptions } from "./create-token.ts";

type Consumer = Pick<ConsumeOptions, "stream" | "durable" | "filter" | "concurrency" | "handle">;

/** Completed registrations get their payment token. */
export const tokenConsumer = (options: TokenOptions, metrics: Metrics): Consumer => {
  const tokens = metrics.counter("touchline_payment_tokens_total", "Completed registrations by what became of them.", [
    "outcome",
  ]);
  return {
    stream: streams.events,
    durable: "payment-link-tokens",
    filter: eventSubject("registration", "RegistrationCompleted"),
    concurrency: 64,
    handle: async (delivery) => {
      const message = decode(delivery);
      if (!message) return "poison";
      const registration = message.data as Registration;
      const outcome = await giveToken(options, registration, causeOf(message, registration.registrationId));
      tokens.inc({ outcome });
      // The refusal is on the registration's stream; the message waits where an operator can send it again.
      return outcome === "refused" ? "poison" : "done";
    },
  };
};

interface CancellationOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  /** Whether the projection has gone through its history. */
  readonly live: () => boolean;
  readonly runtime: Pick<Runtime, "now">;
}

/** How often a cancelled registration's link is looked for: the projection may be a moment behind the message. */
const LOOKS = 5;

/** Cancelled registrations close their link. What has to be done at GoCardless follows from that. */
export const cancellationConsumer = (options: CancellationOptions): Consumer =>
  closingConsumer(options, "payment-link-cancellations", "RegistrationCancelled", closeLink);

/** Erased registrations lose theirs. */
export const erasureConsumer = (options: CancellationOptions): Consumer =>
  closingConsumer(options, "payment-link-erasures", "RegistrationErased", eraseLink);

const closingConsumer = (
  { store, index, live, runtime }: CancellationOptions,
  durable: string,
  type: RegistrationEvent["type"],
  decide: typeof closeLink,
): Consumer => ({
  stream: streams.events,
  durable,
  filter: eventSubject("registration", type),
  concurrency: 8,
  handle: async (delivery): Promise<Settlement> => {
    const message = decode(delivery);
    if (!message) return "poison";
    const { registrationId } = message.data as { registrationId: string };
    const linkId = index.linkOfRegistration(registrationId);
    // A link that is made afterwards is closed by the consumer that makes it.
    if (!linkId) return live() && delivery.deliveries >= LOOKS ? "done" : "later";
    await transact(store, paymentAggregate, linkId, decide(runtime.now()), causeOf(message, registrationId));
    return "done";
  },
});

const decode = (delivery: Delivery): EventMessage | undefined => {
  const message = decodeEventMessage(delivery);
  return message && catalogue.get(message.type)?.faults(message.data).length === 0 ? message : undefined;
};

const causeOf = (message: EventMessage, registrationId: string): Cause => ({
  service: "payment-link",
  id: message.id,
  correlationId: registrationId,
  traceparent: message.traceparent,
});
