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
import type { Seasons } from "../follow-up/season.ts";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { amendLink, type MonthlyOf } from "../payment/amend.ts";
import { closeLink, eraseLink, type PaymentDecision } from "../payment/decide.ts";
import { requestElsewhere } from "../payment/decide-elsewhere.ts";
import { requestRefund } from "../payment/decide-money.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import { completedOf, giveToken, type Registration, type TokenOptions } from "./create-token.ts";

type Consumer = Pick<ConsumeOptions, "stream" | "durable" | "filter" | "concurrency" | "handle">;

/** Completed registrations get their payment token, at once or when they are released. */
export const tokenConsumers = (options: TokenOptions, metrics: Metrics): Consumer[] => {
  const tokens = metrics.counter("touchline_payment_tokens_total", "Completed registrations, by outcome.", ["outcome"]);
  const give = async (registration: Registration, message: EventMessage): Promise<Settlement> => {
    const outcome = await giveToken(options, registration, causeOf(message, registration.registrationId));
    tokens.inc({ outcome });
    // The refusal is in the registration's stream. The message becomes a dead letter, which an operator can send again.
    return outcome === "refused" ? "poison" : "done";
  };
  const consumer = (durable: string, type: "RegistrationCompleted" | "RegistrationReleased"): Consumer => ({
    stream: streams.events,
    durable,
    filter: eventSubject("registration", type),
    concurrency: 64,
    handle: async (delivery) => {
      const message = decode(delivery);
      if (!message) return "poison";
      const { registrationId } = message.data as Pick<Registration, "registrationId">;
      const registration =
        type === "RegistrationCompleted"
          ? (message.data as Registration)
          : await completedOf(options.store, registrationId);
      // Erased since.
      return registration ? give(registration, message) : "done";
    },
  });
  return [
    consumer("payment-link-tokens", "RegistrationCompleted"),
    consumer("payment-link-releases", "RegistrationReleased"),
  ];
};

interface ChangeOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  readonly seasons: Pick<Seasons, "monthly">;
  /** Whether the projection has read the whole history. */
  readonly live: () => boolean;
  readonly runtime: Pick<Runtime, "now">;
}

/** How often to look for a registration's link: the projection may be a moment behind the message. */
const LOOKS = 5;

/** Cancelled registrations close their link. The follow-up does the rest at GoCardless. */
export const cancellationConsumer = (options: ChangeOptions): Consumer =>
  changeConsumer(options, "payment-link-cancellations", "RegistrationCancelled");

/** Erased registrations erase their link. */
export const erasureConsumer = (options: ChangeOptions): Consumer =>
  changeConsumer(options, "payment-link-erasures", "RegistrationErased");

/** The club refunds money. */
export const refundConsumer = (options: ChangeOptions): Consumer =>
  changeConsumer(options, "payment-link-refunds", "RegistrationRefundRequested");

/** An operator recorded money from elsewhere. */
export const moneyConsumer = (options: ChangeOptions): Consumer =>
  changeConsumer(options, "payment-link-money", "MoneyRecorded");

/** The club agreed a new monthly fee or payment day with the family. */
export const termsConsumer = (options: ChangeOptions): Consumer =>
  changeConsumer(options, "payment-link-terms", "MonthlyTermsAmended");

export const changeTypes = [
  "RegistrationCancelled",
  "RegistrationErased",
  "RegistrationRefundRequested",
  "MoneyRecorded",
  "MonthlyTermsAmended",
] as const;
export type LinkChange = Extract<RegistrationEvent, { type: (typeof changeTypes)[number] }>;

/** What a change of the registration means for its link. */
export const linkDecision = (change: LinkChange, monthlyOf: MonthlyOf, now: Date): PaymentDecision => {
  switch (change.type) {
    case "RegistrationCancelled":
      return closeLink(now);
    case "RegistrationErased":
      return eraseLink(now);
    case "RegistrationRefundRequested":
      return requestRefund({ ...change.data, now });
    case "MoneyRecorded": {
      const { registrationId: _, ...record } = change.data;
      return requestElsewhere(record);
    }
    case "MonthlyTermsAmended":
      return amendLink(change.data, monthlyOf);
  }
};

const changeConsumer = (
  { store, index, seasons, live, runtime }: ChangeOptions,
  durable: string,
  type: LinkChange["type"],
): Consumer => ({
  stream: streams.events,
  durable,
  filter: eventSubject("registration", type),
  concurrency: 8,
  handle: async (delivery): Promise<Settlement> => {
    const message = decode(delivery);
    if (!message) return "poison";
    const change = { type, data: message.data } as LinkChange;
    const { registrationId } = change.data;
    const linkId = index.linkOfRegistration(registrationId);
    // A link created later is closed or amended by the consumer that creates it.
    if (!linkId) return live() && delivery.deliveries >= LOOKS ? "done" : "later";
    await transact(
      store,
      paymentAggregate,
      linkId,
      linkDecision(change, seasons.monthly, runtime.now()),
      causeOf(message, registrationId),
    );
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
