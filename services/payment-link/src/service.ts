import { streamsWith } from "@touchline/event-store";
import { type ConsumeOptions, traceOfDelivery } from "@touchline/messaging";
import { logFields, type ServiceContext } from "@touchline/service";
import type { FastifyInstance } from "fastify";
import { createApp } from "./app.ts";
import { runBackground } from "./background.ts";
import { followUpConsumer } from "./follow-up/consumer.ts";
import { createParts, type PaymentLinkOptions } from "./parts.ts";
import {
  cancellationConsumer,
  erasureConsumer,
  moneyConsumer,
  refundConsumer,
  termsConsumer,
  tokenConsumers,
} from "./tokens/intake.ts";
import { catchUp } from "./tokens/overlooked.ts";

export interface PaymentLink {
  readonly app: FastifyInstance;
  readonly consumers: readonly Pick<ConsumeOptions, "stream" | "durable" | "filter" | "concurrency" | "handle">[];
  readonly onSettled: (durable: string) => NonNullable<ConsumeOptions["onSettled"]>;
  /** Starts polling GoCardless's events, placing parked events and looking for due work. Resolves after the signal aborts. */
  startBackground(): Promise<unknown>;
  close(): Promise<void>;
}

/** Wires the parts of the service; opens nothing. */
export const createPaymentLink = async (options: PaymentLinkOptions): Promise<PaymentLink> => {
  const { context, store, projection } = options;
  const { log, metrics, runtime } = context;
  const parts = createParts(options);
  const { provider, index, seasons, followUp, records } = parts;
  const app = await createApp(options, parts);
  const changed = streamsWith(store, [
    "RegistrationCancelled",
    "RegistrationErased",
    "RegistrationReleased",
    "MonthlyTermsAmended",
  ]);
  const tokens = { store, index, changed, provider, seasons, log, runtime };
  const changing = { store, index, seasons, live: () => projection.status().state === "live", runtime };
  return {
    app,
    consumers: [
      ...tokenConsumers(tokens, metrics),
      cancellationConsumer(changing),
      erasureConsumer(changing),
      refundConsumer(changing),
      moneyConsumer(changing),
      termsConsumer(changing),
      followUpConsumer(followUp),
    ],
    onSettled: settlementObserver(context),
    startBackground: () =>
      Promise.all([
        runBackground(options, parts, changed),
        catchUp({ ...tokens, followUp }, context, options.config.recovery),
      ]),
    close: async () => {
      await app.close();
      await records.settled();
    },
  };
};

const settlementObserver = ({ log, metrics }: ServiceContext): PaymentLink["onSettled"] => {
  const settled = metrics.counter("touchline_messages_settled_total", "Messages handled, by settlement.", [
    "durable",
    "settlement",
  ]);
  return (durable) => (settlement, delivery, error) => {
    settled.inc({ durable, settlement });
    if (!error) return;
    const { correlationId, traceparent } = traceOfDelivery(delivery);
    const about = { ...logFields(correlationId, traceparent), err: error, durable, settlement };
    log.warn(about, "a message could not be handled");
  };
};
