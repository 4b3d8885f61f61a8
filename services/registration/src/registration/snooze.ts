import { isSnoozed, type RegistrationEvent } from "@touchline/contracts";
import { isDay } from "@touchline/london";
import { type Decided, nothing, type OfKind } from "./decide.ts";
import type { TextViolation } from "./names.ts";
import { isKnown, type RegistrationState } from "./state.ts";
import { reinstated } from "./suspend.ts";

/** `season`: exempt. An instant that has passed ends it. */
export type SnoozeUntil = "season" | Date;

export type SnoozeResult = OfKind<
  "snoozed" | "snoozed_before" | "snooze_ended" | "not_snoozed" | "not_found" | "registration_cancelled"
>;

/** Anything longer counts as the whole season. */
const LONGEST_MS = 366 * 86_400_000;

/** Reads `season`, an instant of ISO 8601, or nothing, which ends it now. */
export const readSnooze = (
  text: string,
  now: Date,
): { readonly ok: true; readonly until: SnoozeUntil } | { readonly ok: false; readonly violation: TextViolation } => {
  if (text === "") return { ok: true, until: now };
  if (text === "season") return { ok: true, until: text };
  const isInstant = /^.{10}(T|$)/.test(text) && isDay(text.slice(0, 10));
  const until = new Date(isInstant ? text : Number.NaN);
  const leftMs = until.getTime() - now.getTime();
  if (Number.isNaN(leftMs)) return wrong("invalid", "An instant such as 2026-10-31T08:00:00Z, season, or nothing.");
  return leftMs > LONGEST_MS ? wrong("out_of_range", "At most a year ahead; or season.") : { ok: true, until };
};

const wrong = (code: TextViolation["code"], message: string) => ({ ok: false, violation: { code, message } }) as const;

/** Pauses reminders and suspension for the family, and ends a suspension. */
export const snooze =
  (registrationId: string, until: SnoozeUntil, now: Date) =>
  (state: RegistrationState): Decided<SnoozeResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    if (state.status === "cancelled") return nothing({ kind: "registration_cancelled" });
    const ends = until !== "season" && until <= now;
    if (ends && !isSnoozed(state.snoozedUntil, now)) return nothing({ kind: "not_snoozed" });
    const untilText = until === "season" ? until : until.toISOString();
    if (state.snoozedUntil === untilText) return nothing({ kind: "snoozed_before" });
    const snoozed: RegistrationEvent = {
      type: "RegistrationSnoozed",
      data: { registrationId, until: untilText, snoozedAt: now.toISOString() },
    };
    if (ends) return { events: [snoozed], result: { kind: "snooze_ended" } };
    const events = state.suspended ? [snoozed, reinstated(registrationId, "operator", now)] : [snoozed];
    return { events, result: { kind: "snoozed" } };
  };
