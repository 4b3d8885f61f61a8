import { actors, type TouchlineEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { maskPhone } from "@touchline/uk-phone";
import type { Description, Show, Words } from "./description.ts";
import { emailWords } from "./email-words.ts";
import { paymentWords } from "./payment-words.ts";
import { registrationWords } from "./registration-words.ts";
import { smsWords } from "./sms-words.ts";

/** One line of a timeline, for people or programs. */
export interface TimelineEntry
  extends Required<Pick<Description, "text" | "tone">>,
    Pick<Description, "detail" | "from"> {
  /** The person or program that caused it. */
  readonly by?: string;
  readonly at: Date;
  readonly service: string;
  readonly stream: string;
  readonly type: string;
  readonly position: bigint;
}

const words: Words<TouchlineEvent> = { ...registrationWords, ...paymentWords, ...smsWords, ...emailWords };

export interface DescribeOptions {
  /** Shows numbers and texts in full. */
  readonly reveal?: boolean;
  /** The name of an operator by id. */
  readonly nameOf?: ((operatorId: string) => string | undefined) | undefined;
}

/**
 * Masks numbers and leaves out texts unless the reader may see them. Never throws: an event from a later version is described
 * by its name.
 */
export const describeEvent = (event: StoredEvent, { reveal = false, nameOf }: DescribeOptions = {}): TimelineEntry => {
  const show: Show = { phone: reveal ? (e164) => e164 : maskPhone, bodies: reveal };
  const { actor } = event.metadata;
  const description = descriptionOf(event, show);
  return {
    tone: "plain",
    ...description,
    // `from` already names who made it known.
    ...(actor && !description.from && { by: actorName(actor, nameOf) }),
    at: event.created,
    service: event.metadata.service ?? "?",
    stream: event.stream,
    type: event.type,
    position: event.position,
  };
};

/** Who caused an event, by the `actor` in its metadata. */
export const actorName = (actor: string, nameOf: DescribeOptions["nameOf"]): string =>
  programs.get(actor) ?? nameOf?.(actor) ?? "a former operator";

const programs: ReadonlyMap<string, string> = new Map([
  [actors.gateway, "the chat gateway"],
  [actors.localCli, "the command line"],
  [actors.localBoard, "the board on its own machine"],
  [actors.retention, "the retention rule"],
  [actors.sharedKey, "the shared key"],
]);

const descriptionOf = ({ type, data }: StoredEvent, show: Show): Description => {
  const known = Object.hasOwn(words, type) ? (words[type] as (data: object, show: Show) => Description) : undefined;
  return known?.(data, show) ?? { text: type };
};
