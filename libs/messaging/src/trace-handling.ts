import type { Tracing } from "@touchline/service";
import { CORRELATION_ID, inSpan } from "@touchline/service/tracing";
import type { ConsumeOptions, Delivery, Settlement } from "./delivery.ts";
import { TRACEPARENT, traceOfDelivery } from "./event-message.ts";

/** Wraps a handler in a span. The handler sees the span's trace context as the message's. */
export const traceHandling =
  (tracing: Tracing, { durable, handle }: Pick<ConsumeOptions, "durable" | "handle">): ConsumeOptions["handle"] =>
  (delivery: Delivery): Promise<Settlement> => {
    const { correlationId, traceparent: parent } = traceOfDelivery(delivery);
    const start = {
      name: `process ${delivery.subject}`,
      kind: "consumer",
      parent,
      attributes: {
        "messaging.system": "nats",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": delivery.subject,
        "messaging.consumer.group.name": durable,
        "messaging.message.id": delivery.header("Nats-Msg-Id"),
        [CORRELATION_ID]: correlationId,
      },
    } as const;
    return inSpan(tracing, start, async (traceparent, span) => {
      const header = (name: string) => (name === TRACEPARENT ? traceparent : delivery.header(name));
      const settlement = await handle({ ...delivery, header });
      span.set({ "touchline.settlement": settlement });
      if (settlement === "poison") span.fail("poison");
      return settlement;
    });
  };
