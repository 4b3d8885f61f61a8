import { eventSubject, streams } from "@touchline/contracts";
import { type EventStore, handleOverlooked, type RecoveryTimes, type recoveredCounter } from "@touchline/event-store";
import { consume, traceOfDelivery } from "@touchline/messaging";
import { logFields, type ServiceContext, type Tracing } from "@touchline/service";
import { createErasure, createErasureCatchUp, type ErasureOptions } from "./erasure.ts";

export const ERASURE_DURABLE = "registration-erasure";
const ERASED = "RegistrationTextsErased";

interface Erasing extends ErasureOptions {
  readonly store: EventStore;
  readonly tracing: Tracing | undefined;
  readonly recovery: RecoveryTimes;
  readonly recovered: ReturnType<typeof recoveredCounter>;
}

/** Removes the copies of erased registrations until the service stops. */
export const consumeErasures = (
  { log, signal, runtime, onClose }: ServiceContext,
  { store, messaging, tracing, recovery, recovered }: Erasing,
): void => {
  const catchUp = createErasureCatchUp({ store, messaging });
  const catchingUp = handleOverlooked({
    store,
    times: recovery,
    runtime,
    signal,
    prefixes: ["registration-"],
    types: new Set([ERASED]),
    handle: (event) => (event.type === ERASED ? catchUp(event.data.registrationId) : Promise.resolve(false)),
    onRecovered: ({ metadata }) => {
      recovered.inc({ kind: "erasure" });
      log.warn(
        logFields(metadata.$correlationId, metadata.traceparent),
        "handled late: no message arrived for this erasure",
      );
    },
    onFailed: (err) => log.warn({ err }, "the search for overlooked erasures failed; trying again"),
  });
  onClose(() => catchingUp);
  const ended = consume(messaging, {
    stream: streams.events,
    durable: ERASURE_DURABLE,
    filter: eventSubject("registration", ERASED),
    concurrency: 1,
    signal,
    tracing,
    handle: createErasure({ store, messaging }),
    onSettled: (settlement, delivery, err) => {
      const { sequence, deliveries } = delivery;
      const { correlationId, traceparent } = traceOfDelivery(delivery);
      const about = logFields(correlationId, traceparent);
      const words = settlement === "done" ? "removed the copies" : "could not remove the copies";
      log.info({ ...about, settlement, sequence, deliveries, err }, `${words} of an erased registration`);
    },
    onBroken: (err) => log.warn({ err }, "the erasure consumer failed; consuming again"),
  });
  onClose(() => ended);
};
