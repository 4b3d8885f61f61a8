import type { StoredEvent } from "@touchline/event-store";
import { maskPhone } from "@touchline/uk-phone";
import type { AnyEvent, DataOf } from "./events.ts";
import { paymentWords } from "./payment-words.ts";
import { registrationWords } from "./registration-words.ts";
import { smsWords } from "./sms-words.ts";

/** How an event strikes whoever reads the story. */
export type Tone = "good" | "bad" | "plain";

/** An event in words. */
export interface Told {
  readonly text: string;
  /** Ids, codes, what the provider said. */
  readonly detail?: string | undefined;
  /** Who made it known, when it was not the service itself. */
  readonly from?: string;
  readonly tone?: Tone;
}

export interface Show {
  /** A number as this reader may see it. */
  readonly phone: (e164: string) => string;
  /** Whether texts are shown word by word. */
  readonly bodies: boolean;
}

export type Words<E extends AnyEvent> = {
  readonly [T in E["type"]]: (data: DataOf<E, T>, show: Show) => Told;
};

/** One line of a story, for people or programs. */
export interface Line extends Required<Pick<Told, "text" | "tone">>, Omit<Told, "text" | "tone"> {
  readonly at: Date;
  readonly service: string;
  readonly stream: string;
  readonly type: string;
  readonly position: bigint;
}

const words = { ...registrationWords, ...paymentWords, ...smsWords } satisfies Words<AnyEvent>;

/** Numbers are masked and texts left out unless the reader may see them. Never throws: an event of a later version is told by its name. */
export const tell = (event: StoredEvent, { reveal = false }: { readonly reveal?: boolean } = {}): Line => {
  const show: Show = { phone: reveal ? (e164) => e164 : maskPhone, bodies: reveal };
  return {
    tone: "plain",
    ...told(event, show),
    at: event.created,
    service: event.metadata.service ?? "?",
    stream: event.stream,
    type: event.type,
    position: event.position,
  };
};

const told = ({ type, data }: StoredEvent, show: Show): Told => {
  const known = Object.hasOwn(words, type) ? (words[type] as (d: object, s: Show) => Told) : undefined;
  return known?.(data, show) ?? { text: type };
};
