import type { TouchlineEvent } from "@touchline/contracts";

/** Whether an event is good news or bad. */
type Tone = "good" | "bad" | "plain";

/** An event in words. */
export interface Description {
  readonly text: string;
  /** Ids, codes, what the provider said. */
  readonly detail?: string | undefined;
  /** Who made it known, if not the service itself. */
  readonly from?: string;
  readonly tone?: Tone;
}

export interface Show {
  /** A number as this reader may see it. */
  readonly phone: (e164: string) => string;
  /** Whether the words of texts are shown. */
  readonly bodies: boolean;
}

export type Words<E extends TouchlineEvent> = {
  readonly [T in E["type"]]: (data: Extract<E, { type: T }>["data"], show: Show) => Description;
};
