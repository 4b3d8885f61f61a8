import type { NumberProblem, TextFailure } from "@touchline/contracts";
import type { Stage } from "./stages.ts";

/** What a failure lets us do next. */
export type FailureClass =
  /** Never processed: trying again cannot text twice. */
  | "safe_retry"
  /** Refused for now: try again with backoff. */
  | "transient"
  /** About this number or this text, for some minutes at least: try again later, a few times. */
  | "delayed"
  /** This number will never get it: ask the parent for another. */
  | "permanent_number"
  /** The parent said STOP, or the phone blocks us: suppress the number. */
  | "opted_out"
  /** Our account or sender is wrong: stop sending, alert, and count it against no text. */
  | "configuration"
  /** The provider may hold the message: only evidence closes the attempt. */
  | "ambiguous"
  /** Not in the provider's table: as likely our account's as this text's, so it ends nothing. */
  | "unknown";

/** Why the provider did not take a text, or did not deliver it. */
export interface Failure {
  /** The provider's code as it is stored, or our own. */
  readonly code: string;
  readonly class: FailureClass;
  readonly failure: TextFailure;
  /** In words for operators. Nothing personal. */
  readonly reason: string;
  /** As the provider asked. */
  readonly retryAfterMs?: number;
  /** It looks like our account's fault, but may concern this number or this text alone: that shows when others go. */
  readonly perhapsThisTextAlone?: true;
}

/** Whether a text that was taken and then lost for this reason says that the next ones would be lost too. */
export const concernsAllTexts = ({ class: failureClass, failure }: Failure): boolean =>
  failureClass === "configuration" ||
  failureClass === "unknown" ||
  (failureClass === "transient" && failure === "provider_busy");

/** Stored events hold the provider's words and codes as they came; its own room knows what they mean. */
export interface ProviderWords {
  /** Undefined for a word that we do not know: it is kept, and changes nothing. */
  readonly stageOf: (word: string) => Stage | undefined;
  readonly failureOf: (code: string) => Failure;
}

const NUMBER_PROBLEMS: Readonly<Partial<Record<TextFailure, NumberProblem>>> = {
  number_invalid: "refused",
  number_not_mobile: "refused",
  number_not_in_service: "refused",
  number_unreachable: "unreachable",
  network_failure: "unreachable",
};

/** What a failure says about the number itself. An opt-out belongs to its owner, and is no problem of the number. */
export const numberProblemOf = (failure: TextFailure): NumberProblem | undefined => NUMBER_PROBLEMS[failure];
