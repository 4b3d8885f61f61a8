import type { TouchlineEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { maskPhone } from "@touchline/uk-phone";
import type { Description, Show, Words } from "./description.ts";
import { paymentWords } from "./payment-words.ts";
import { registrationWords } from "./registration-words.ts";
import { smsWords } from "./sms-words.ts";

/** One line of a timeline, for people or programs. */
export interface TimelineEntry
  extends Required<Pick<Description, "text" | "tone">>,
    Pick<Description, "detail" | "from"> {
  readonly at: Date;
  readonly service: string;
  readonly stream: string;
  readonly type: string;
  readonly position: bigint;
}

const words: Words<TouchlineEvent> = { ...registrationWords, ...paymentWords, ...smsWords };

/**
 * Numbers are masked and texts left out unless the reader may see them. Never throws: an event of a later version is described
 * by its name.
 */
export const describeEvent = (
  event: StoredEvent,
  { reveal = false }: { readonly reveal?: boolean } = {},
): TimelineEntry => {
  const show: Show = { phone: reveal ? (e164) => e164 : maskPhone, bodies: reveal };
  return {
    tone: "plain",
    ...descriptionOf(event, show),
    at: event.created,
    service: event.metadata.service ?? "?",
    stream: event.stream,
    type: event.type,
    position: event.position,
  };
};

const descriptionOf = ({ type, data }: StoredEvent, show: Show): Description => {
  const known = Object.hasOwn(words, type) ? (words[type] as (data: object, show: Show) => Description) : undefined;
  return known?.(data, show) ?? { text: type };
};
