import { type Category, eventHeaders, upcast } from "@touchline/contracts";
import type { Delivery } from "./delivery.ts";

/** A relayed event, as a consumer sees it. */
export interface EventMessage {
  readonly id: string;
  readonly type: string;
  readonly category: Category;
  /** e.g. `payment-BRQ0001ABC` */
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly created: Date;
  readonly correlationId: string | undefined;
  readonly traceparent: string | undefined;
  readonly data: unknown;
}

/** Undefined when the message is not an event published by the relay. */
export const decodeEventMessage = (delivery: Delivery): EventMessage | undefined => {
  const [root, category, type, ...rest] = delivery.subject.split(".");
  const id = delivery.header("Nats-Msg-Id");
  const stream = delivery.header(eventHeaders.stream);
  const position = delivery.header(eventHeaders.position);
  if (root !== "events" || !category || !type || rest.length > 0 || !id || !stream || !position) return undefined;
  try {
    const metadata = JSON.parse(delivery.header(eventHeaders.metadata) ?? "{}");
    const stored = { type, data: JSON.parse(new TextDecoder().decode(delivery.data)) };
    return {
      ...upcast(stored),
      id,
      category: category as Category,
      stream,
      revision: BigInt(delivery.header(eventHeaders.revision) ?? "0"),
      position: BigInt(position),
      created: new Date(delivery.header(eventHeaders.created) ?? delivery.publishedAt),
      correlationId: metadata.$correlationId,
      // The relay's span, a child of the append's.
      traceparent: delivery.header(TRACEPARENT) ?? metadata.traceparent,
    };
  } catch {
    return undefined;
  }
};

/** The standard header for a message's trace context. */
export const TRACEPARENT = "traceparent";

/** The registration that a message is about, and its trace. */
export interface MessageTrace {
  readonly correlationId: string | undefined;
  readonly traceparent: string | undefined;
}

/** Read from the headers; the payload is not read. */
export const traceOfDelivery = ({ header }: Pick<Delivery, "header">): MessageTrace => {
  const traceparent = header(TRACEPARENT);
  try {
    const metadata = JSON.parse(header(eventHeaders.metadata) ?? "{}");
    return { correlationId: metadata.$correlationId, traceparent: traceparent ?? metadata.traceparent };
  } catch {
    return { correlationId: undefined, traceparent };
  }
};
