import { londonDay } from "@touchline/london";
import type { Arrears } from "../registration/suspend.ts";
import type { Facts } from "./facts.ts";

/** ISO 8601 timestamps in UTC, in order. */
const sorted = (instants: readonly (string | undefined)[]): string[] =>
  instants.filter((at) => at !== undefined).sort();

/** What is known of an unpaid fee and the texts about it; `acceptedAt` of its registration. */
export const arrearsOf = (facts: Facts, acceptedAt: string): Arrears => {
  // Without a link, or until it asks again for returned money, there is nothing to wait for.
  const asked = [acceptedAt, facts.tokenAt, facts.feeAskedAt, facts.payment?.changedAt];
  const askedAt = sorted(asked).at(-1) ?? acceptedAt;
  const texts = facts.texts.filter(({ to, withdrawn }) => to === facts.parentPhone && !withdrawn);
  const reminders = texts.filter(({ reminder }) => reminder);
  return {
    askedAt,
    deliveredAt: sorted(texts.map((text) => text.deliveredAt)).find((at) => at >= askedAt),
    reminderWaits: reminders.some(({ status }) => status === "pending"),
    remindedAt: sorted(reminders.map(({ sentAt }) => sentAt)).at(-1),
  };
};

/** Whether a text with the link went to the family today, by London's calendar, or is about to. */
export const textedToday = ({ texts, parentPhone }: Facts, now: Date): boolean =>
  texts.some(
    ({ to, status, sentAt, withdrawn }) =>
      to === parentPhone &&
      !withdrawn &&
      (status === "pending" || (sentAt !== undefined && londonDay(sentAt) === londonDay(now))),
  );
