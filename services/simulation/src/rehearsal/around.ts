import type { TextPurpose } from "@touchline/contracts";
import type { Agenda } from "./agenda.ts";
import type { Rules } from "./settings.ts";

export interface SentText {
  readonly at: Date;
  readonly purpose: TextPurpose;
  readonly segments: number;
  readonly encoding: "GSM-7" | "UCS-2";
}

/** What all families share. */
export interface Around {
  readonly agenda: Agenda;
  readonly rules: Rules;
  /** Runs `go` when a text with this purpose may go: not at night, if it can wait, and within the daily limit. */
  readonly whenAllowed: (purpose: TextPurpose, now: Date, go: (now: Date) => boolean) => void;
  readonly sent: (text: SentText) => void;
  readonly suspended: (at: Date) => void;
}
