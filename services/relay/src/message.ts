import { eventHeaders, eventSubject } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";

export interface RelayedMessage {
  readonly subject: string;
  readonly payload: string;
  readonly headers: Record<string, string>;
}

const token = /^[A-Za-z0-9_]{1,100}$/;

/** The event as it is published; undefined for streams that are not Touchline's, which have no `category-id` name. */
export const toMessage = (event: StoredEvent): RelayedMessage | undefined => {
  const dash = event.stream.indexOf("-");
  const category = event.stream.slice(0, Math.max(dash, 0));
  if (!token.test(category) || !token.test(event.type)) return undefined;
  const { traceparent } = event.metadata;
  return {
    subject: eventSubject(category, event.type),
    payload: JSON.stringify(event.data),
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
