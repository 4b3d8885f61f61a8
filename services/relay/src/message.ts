import { eventHeaders, eventSubject } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";

export interface RelayedMessage {
  readonly subject: string;
  readonly payload: string;
  readonly headers: Record<string, string>;
}

const token = /^[A-Za-z0-9_]{1,100}$/;
/** A stream name, `category-id`, that fits in a header. */
const stream = /^[\x21-\x7e]{1,300}$/;
/** NATS takes a megabyte, including headers. Ours have a few kilobytes. */
const BYTES_MAX = 900_000;

/** The event as it is published; undefined if its stream, type or size shows that it is not Touchline's. */
export const toMessage = (event: StoredEvent): RelayedMessage | undefined => {
  const dash = event.stream.indexOf("-");
  const category = event.stream.slice(0, Math.max(dash, 0));
  if (!token.test(category) || !token.test(event.type) || !stream.test(event.stream)) return undefined;
  const { traceparent } = event.metadata;
  const payload = JSON.stringify(event.data);
  if (Buffer.byteLength(payload) > BYTES_MAX) return undefined;
  return {
    subject: eventSubject(category, event.type),
    payload,
    headers: {
      [eventHeaders.stream]: event.stream,
      [eventHeaders.revision]: String(event.revision),
      [eventHeaders.position]: String(event.position),
      [eventHeaders.created]: event.created.toISOString(),
      [eventHeaders.metadata]: JSON.stringify(event.metadata),
      ...(traceparent && { traceparent }),
    },
  };
};
