import type { TextFailure } from "@touchline/contracts";
import type { Stage } from "./stages.ts";

/** What a failure lets us do next. */
export type FailureClass =
  /** Never processed: trying again cannot text twice. */
  | "safe_retry"
  /** Refused for now: try again with backoff. */
  | "transient"
  /** About this number or this text, for at least some minutes: try again later, a few times. */
  | "delayed"
  /** This number will never receive it: ask the parent for another. */
  | "permanent_number"
  /** The parent said STOP, or the phone blocks us: suppress the number. */
  | "opted_out"
  /** Our account or sender is wrong: stop sending and alert. It counts against no text. */
  | "configuration"
  /** The provider may have the message: only evidence closes the attempt. */
  | "ambiguous"
  /** Not in the provider's table. It may be about our account as much as this text, so it ends nothing. */
  | "unknown";

/** Why the provider did not take a text, or did not deliver it. */
export interface Failure {
  /** The provider's code as it is stored, or our own. */
  readonly code: string;
  readonly class: FailureClass;
  readonly failure: TextFailure;
  /** In words for operators. Nothing personal. */
  readonly reason: string;
  /** The wait that the provider asked for. */
  readonly retryAfterMs?: number;
  /** Looks like our account's fault, but may be about this number or this text alone, which shows if other texts go. */
  readonly perhapsThisTextAlone?: true;
}

/** Whether losing a text for this reason, after the provider took it, means that the next ones would be lost too. */
export const concernsAllTexts = ({ class: failureClass, failure }: Failure): boolean =>
  failureClass === "configuration" ||
  failureClass === "unknown" ||
  (failureClass === "transient" && failure === "provider_busy");

/** Stored events keep the provider's words and codes as they came. Only its own room knows what they mean. */
export interface ProviderWords {
  /** Undefined for a word that we do not know: it is stored and changes nothing. */
  readonly stageOf: (word: string) => Stage | undefined;
  readonly failureOf: (code: string) => Failure;
}
