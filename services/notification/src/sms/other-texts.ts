import {
  ASKED_REMINDERS_MAX,
  CORRECTIONS_MAX,
  contentOf,
  RESENDS_MAX,
  type TextPurpose,
  type Worded,
} from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { type Circumstances, isReminder, respectsQuietHours } from "./circumstances.ts";
import { numberProblemOf } from "./number-problem.ts";
import type { ProviderWords } from "./provider.ts";
import type { Text } from "./state.ts";

/** A text that is asked for, or one that is about to be tried. */
export type AboutText = Pick<Text, "smsId" | "registrationId" | "billingRequestId" | "purpose" | "count"> &
  Partial<Pick<Text, "attempts" | "requestedAt" | "about">>;

/** With the `$all` position of its request. */
type PlacedText = Text & { readonly position: bigint };

/** Above these counts, no text is sent. */
const LIMITS: Readonly<Partial<Record<TextPurpose, number>>> = {
  resend: RESENDS_MAX,
  asked_reminder: ASKED_REMINDERS_MAX,
  corrected_phone: CORRECTIONS_MAX,
};

/**
 * What a registration's other texts mean for this one. `all`: every text of the registration, perhaps with this one. `night`: it
 * is a quiet hour.
 */
export const comparedWithOthers = (
  own: AboutText,
  phone: string,
  all: readonly PlacedText[],
  now: Date,
  night: boolean,
): Pick<Circumstances, "anotherWaits" | "anotherFirst" | "anotherWent" | "overLimit"> => {
  const others = all.filter((t) => t.smsId !== own.smsId);
  const lastAttempt = own.attempts?.at(-1)?.startedAt;
  const samePhone = others.filter((t) => t.to === phone);
  const sameLink = samePhone.filter((t) => contentOf(t) !== "confirmation");
  const counterparts = isRepeat(own.purpose) ? sameLink : sameLink.filter((t) => subjectOf(t) === subjectOf(own));
  // A corrected number gets the link once, though several corrections may ask for it at the same moment.
  const isFirstTry = own.purpose === "corrected_phone" && !own.attempts?.length;
  const sayTheSame = own.about ? samePhone.filter((t) => t.about === own.about) : sameLink;
  const rivals = isFirstTry ? sayTheSame.filter((t) => t.status !== "withdrawn") : [];
  const ownPosition = all.find((t) => t.smsId === own.smsId)?.position ?? -1n;
  return {
    anotherWaits:
      own.purpose !== "confirmation" &&
      own.purpose !== "corrected_phone" &&
      counterparts.some(
        (t) =>
          t.status === "ready" &&
          !isReminder(t.purpose) &&
          // A text that waits for the morning does not hold back an answer.
          !(night && respectsQuietHours(t.purpose)) &&
          Object.keys(t.messages).length === 0 &&
          (own.requestedAt === undefined || t.requestedAt < own.requestedAt),
      ),
    anotherFirst: rivals.some((t) => !hasGone(t) && t.position < ownPosition),
    anotherWent:
      rivals.some(hasGone) ||
      sameLink.some((t) => isLaterReminder(own, t) || isReminderOfToday(own, t, now)) ||
      (lastAttempt !== undefined &&
        contentOf(own) !== "confirmation" &&
        counterparts.some((t) => (t.attempts.at(-1)?.startedAt ?? "") > lastAttempt && isOnItsWay(t))),
    overLimit: own.count > (LIMITS[own.purpose] ?? Number.POSITIVE_INFINITY),
  };
};

/** Texts that only give the link again, so any text with the link can replace them. All others have news. */
const isRepeat = (purpose: TextPurpose): boolean => purpose === "resend" || isReminder(purpose);

/** A parent who reads that a Direct Debit has ended does not know that a month is owed, and the other way round. */
const subjectOf = (text: Worded): "month_missed" | "mandate_gone" | "fee" => {
  const content = contentOf(text);
  return content === "month_missed" || content === "mandate_gone" ? content : "fee";
};

const hasGone = ({ status, attempts }: Text): boolean => status !== "ready" || attempts.length > 0;

/** If both were held back, perhaps for days, the parent gets only the last one. */
const isLaterReminder = (own: AboutText, { purpose, count }: Text): boolean =>
  own.purpose === "reminder" && purpose === "reminder" && count > own.count;

/** A family gets one reminder a day. Whether an operator asked for it or it was due by itself, the first one replaces the other. */
const isReminderOfToday = (own: AboutText, other: Text, now: Date): boolean => {
  if (!isReminder(own.purpose) || !isReminder(other.purpose) || own.purpose === other.purpose) return false;
  const triedAt = other.attempts.at(-1)?.startedAt;
  if (triedAt !== undefined && isOnItsWay(other)) return londonDay(triedAt) === londonDay(now);
  return other.status === "ready" && (own.requestedAt === undefined || other.requestedAt < own.requestedAt);
};

/** Numbers refused for good. Opt-outs and phones that were off do not count: both can change. */
export const refusedNumbers = (all: readonly Text[], classify: ProviderWords["failureOf"]): string[] => {
  const wasRefused = ({ status, closed, messages }: Text) =>
    status !== "delivered" &&
    [closed?.as === "rejected" ? closed.code : undefined, ...Object.values(messages).map((m) => m.errorCode)].some(
      (code) => code !== undefined && numberProblemOf(classify(code).failure) === "refused",
    );
  return all.filter(wasRefused).map((t) => t.to);
};

const isOnItsWay = ({ status }: Text): boolean =>
  status === "attempting" ||
  status === "unknown" ||
  status === "accepted" ||
  status === "sent" ||
  status === "delivered";
