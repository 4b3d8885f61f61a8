import { eventSubject, streams } from "@touchline/contracts";
import { consume, traceOfDelivery } from "@touchline/messaging";
import { logFields, type ServiceContext, type Tracing } from "@touchline/service";
import { createErasure, type ErasureOptions } from "./erasure.ts";

export const ERASURE_DURABLE = "registration-erasure";

/** Removes the copies of registrations as they are erased, until the service stops. */
export const consumeErasures = (
  { log, signal, onClose }: ServiceContext,
  { store, messaging, tracing }: ErasureOptions & { readonly tracing: Tracing | undefined },
): void => {
  const ended = consume(messaging, {
    stream: streams.events,
    durable: ERASURE_DURABLE,
    filter: eventSubject("registration", "RegistrationTextsErased"),
    concurrency: 1,
    signal,
    tracing,
    handle: createErasure({ store, messaging }),
    onSettled: (settlement, delivery, err) => {
      const { sequence, deliveries } = delivery;
      const { correlationId, traceparent } = traceOfDelivery(delivery);
      const about = logFields(correlationId, traceparent);
      log.info({ ...about, settlement, sequence, deliveries, err }, "copies of an erased registration were removed");
    },
    onBroken: (err) => log.warn({ err }, "the erasure's consumer broke; consuming again"),
  });
  onClose(() => ended);
};
