import { ASKED_REMINDERS_MAX, isSnoozed } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { type Decided, nothing, type OfKind } from "./decide.ts";
import { type FeeStanding, moneyComes } from "./fee.ts";
import { isKnown, type RegistrationState } from "./state.ts";

export interface ReminderFacts {
  readonly fee: FeeStanding;
  /** A text with the link was sent today, or is about to be sent. */
  readonly texted: boolean;
}

export type RemindResult = OfKind<
  "reminded" | "not_found" | "not_owed" | "held" | "snoozed" | "money_comes" | "texted_today" | "too_many_reminders"
>;

/** Asks for one more reminder: at most one a day by London's calendar. */
export const remind =
  (registrationId: string, { fee, texted }: ReminderFacts, now: Date) =>
  (state: RegistrationState): Decided<RemindResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    if (state.status === "cancelled" || !fee.owed) return nothing({ kind: "not_owed" });
    if (state.held) return nothing({ kind: "held" });
    if (isSnoozed(state.snoozedUntil, now)) return nothing({ kind: "snoozed" });
    if (moneyComes(state, fee)) return nothing({ kind: "money_comes" });
    const { lastReminderAt, reminders } = state;
    const asked = lastReminderAt !== undefined && londonDay(lastReminderAt) === londonDay(now);
    if (texted || asked) return nothing({ kind: "texted_today" });
    if (reminders >= ASKED_REMINDERS_MAX) return nothing({ kind: "too_many_reminders" });
    const data = { registrationId, count: reminders + 1, requestedAt: now.toISOString() };
    return { events: [{ type: "ReminderRequested", data }], result: { kind: "reminded" } };
  };
