import { addLondonDays, londonDay, londonInstant, quietUntil } from "@touchline/london";
import type { Random } from "@touchline/sandbox";
import { reminderDays } from "../world/settings.ts";
import type { Span } from "./span.ts";

/** A family's phone, and what becomes of texts to it. */
export interface Phone {
  readonly number: string;
  readonly reach: "always" | "unreachable" | "invalid" | "silent";
}

/** One family, as its life was drawn from the seed. */
export interface Family {
  readonly registrationId: string;
  readonly name: string;
  readonly phone: Phone;
  readonly acts: readonly Act[];
}

export interface Act {
  readonly atMs: number;
  readonly what:
    | "register"
    | "registerAgain"
    | "tap"
    | "tapAndPay"
    | "tapAndLeave"
    | "payFailsLater"
    | "stop"
    | "start"
    | "reply"
    | "resend"
    | "cancel"
    | "correctPhone";
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const reaches = ["always", "always", "always", "always", "unreachable", "invalid", "silent"] as const;
const EVENING_HOUR = 20;
/** Soon enough after a text is due that it may still be waiting. */
const SOON_MS = 90 * MINUTE_MS;

/** Draws their lives. Nothing in them depends on what Touchline does. */
export const drawFamilies = (random: Random, span: Span, count: number): Family[] =>
  Array.from({ length: count }, (_, index): Family => {
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    return {
      registrationId: `family-${index + 1}`,
      name: `Child ${String.fromCharCode(65 + (index % 26))}`,
      phone: { number: `+447700900${110 + index}`, reach: pick(reaches) },
      acts: drawActs(random, span),
    };
  });

const drawActs = (random: Random, span: Span): readonly Act[] => {
  const { startMs, registeringDays, busyDays, livelyDays } = span;
  const at = (fromMs: number, toMs: number) => Math.floor(fromMs + random() * (toMs - fromMs));
  const someTimeMs = at(startMs, startMs + registeringDays * DAY_MS);
  const lastMs = startMs + livelyDays * DAY_MS;
  const registeredMs = random() < 0.25 ? inTheEvening(someTimeMs) + at(0, 2 * HOUR_MS) : someTimeMs;
  const endMs = Math.min(lastMs, registeredMs + busyDays * DAY_MS);
  const planned: Act[] = [{ atMs: registeredMs, what: "register" }];
  const maybe = (chance: number, what: Act["what"], times = 1) => {
    for (let i = 0; i < times; i++)
      if (random() < chance) planned.push({ atMs: at(registeredMs + 1_000, endMs), what });
  };
  maybe(0.2, "registerAgain");
  maybe(0.5, "tap", 4);
  maybe(0.3, "tapAndPay", 2);
  maybe(0.15, "tapAndLeave");
  maybe(0.15, "stop");
  maybe(0.1, "start");
  maybe(0.2, "reply");
  maybe(0.1, "correctPhone");
  maybe(0.05, "cancel");
  maybe(0.3, "resend");
  maybe(0.2, "payFailsLater");
  // Acts at the time when a text is due meet a waiting text.
  for (const momentMs of [registeredMs, ...remindersOf(registeredMs)]) {
    const soon = (chance: number, what: Act["what"]) => {
      if (random() < chance) planned.push({ atMs: Math.floor(momentMs + 1_000 + random() ** 2 * SOON_MS), what });
    };
    soon(0.3, "tapAndPay");
    soon(0.1, "correctPhone");
    soon(0.1, "cancel");
  }
  // In a longer span, families are heard of again.
  if (endMs < lastMs)
    for (const what of ["tap", "tapAndPay", "resend", "correctPhone", "cancel", "stop", "reply"] as const)
      if (random() < 0.1) planned.push({ atMs: at(endMs, lastMs), what });
  return planned.filter(({ atMs }) => atMs < lastMs).sort((a, b) => a.atMs - b.atMs);
};

/** An hour before quiet hours begin. */
const inTheEvening = (ms: number): number => londonInstant(londonDay(new Date(ms)), EVENING_HOUR).getTime();

/** When reminders are due for somebody who registers then. */
const remindersOf = (registeredMs: number): number[] =>
  reminderDays.map((day) => {
    const due = addLondonDays(new Date(registeredMs), day);
    return (quietUntil(due) ?? due).getTime();
  });
