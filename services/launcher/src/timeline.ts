import type { EventStore, StoredEvent } from "@touchline/event-store";

/** Follows the events of one registration, whichever streams they are in, until the signal aborts. */
export const followRegistration = (
  store: EventStore,
  registrationId: string,
  signal: AbortSignal,
  onEvent: (event: StoredEvent) => void,
) =>
  store.subscribe({
    signal,
    onEvent: (event) => {
      if (event.metadata.$correlationId === registrationId) onEvent(event);
    },
  });

/** One line for people: time, service, event, and its main facts. Nothing personal. */
export const timelineLine = (event: StoredEvent): string => {
  const time = event.created.toISOString().slice(11, 23);
  return `${time}  ${(event.metadata.service ?? "?").padEnd(13)} ${event.type.padEnd(24)} ${detail(event.data)}`.trimEnd();
};

const shown = [
  "billingRequestId",
  "flowId",
  "attempt",
  "segments",
  "providerMessageId",
  "status",
  "paymentId",
  "mandateId",
  "subscriptionId",
  "code",
];

const detail = (data: Record<string, unknown>): string =>
  shown
    .filter((key) => data[key] !== undefined)
    .slice(0, 3)
    .map((key) => `${key}=${String(data[key])}`)
    .join(" ");
