import type { RegistrationEvent, SuppressionEvent } from "@touchline/contracts";
import { londonTime } from "@touchline/london";
import type { Words } from "./description.ts";
import { moneyDetail } from "./money-words.ts";
import { pounds, termsWords } from "./words.ts";

const optOutFrom = { inbound: "parent", link: "parent", club: "club", provider: "Twilio" } as const;

export const registrationWords: Words<RegistrationEvent | SuppressionEvent> = {
  RegistrationCompleted: ({ child, parent, parentPhone, team, ageGroup, season, ...fees }, { phone }) => ({
    text: `${child.firstName} ${child.lastName} was registered${fees.possibleDuplicateOf ? `; held, as it may repeat ${fees.possibleDuplicateOf}` : ""}`,
    detail: `${team} ${ageGroup}, season ${season}; ${pounds(fees.signingFeePence)} to sign on, ${pounds(fees.monthlyFeePence)} a month; parent ${parent.firstName} ${parent.lastName}, ${phone(parentPhone)}`,
    tone: "good",
  }),
  ParentPhoneCorrected: ({ parentPhone, count }, { phone }) => ({
    text: `The parent's number was corrected to ${phone(parentPhone)}`,
    detail: count > 1 ? `correction ${count}` : undefined,
  }),
  RegistrationCancelled: ({ reason }) => ({
    text: "The registration was cancelled",
    detail: reason || undefined,
    tone: "bad",
  }),
  PaymentLinkResendRequested: ({ count }) => ({
    text: "Another text with the link was requested",
    detail: `resend ${count}`,
  }),
  RegistrationRefundRequested: ({ amountPence }) => ({ text: `The club is giving ${pounds(amountPence)} back` }),
  MoneyRecorded: (record) => ({
    text: record.undoes ? "An operator asked to undo a record of money" : "Money from elsewhere was recorded",
    detail: moneyDetail(record),
  }),
  RegistrationSuspended: () => ({ text: "Suspended: the fee is still unpaid after the last reminder", tone: "bad" }),
  RegistrationReinstated: ({ reason }) => ({
    text: reason === "paid" ? "Reinstated: nothing is owed now" : "Reinstated by the club",
    tone: "good",
  }),
  RegistrationSnoozed: ({ until }) => ({
    text:
      until === "season"
        ? "Exempt from reminders and suspension for the whole season"
        : `No reminders and no suspension until ${londonTime(until)}`,
  }),
  ReminderRequested: ({ count }) => ({ text: "A reminder was asked for", detail: `reminder ${count}` }),
  RegistrationReleased: () => ({ text: "Released: this is not a duplicate registration" }),
  RegistrationAmended: ({ changes }) => ({
    text: "The registration was amended",
    detail: amendedWords(changes),
  }),
  MonthlyTermsAmended: (terms) => ({
    text: "A new monthly fee or payment day was agreed",
    detail: termsWords(terms),
  }),
  NoteAdded: ({ text }, { bodies }) => ({ text: "A note was added", detail: bodies ? text : undefined }),
  NoteRemoved: () => ({ text: "A note was removed" }),
  RepliesHandled: ({ upTo }) => ({ text: `Replies up to ${londonTime(upTo)} were dealt with` }),
  TextsWishRecorded: ({ wanted }) => ({
    text: wanted ? "The parent asked the club for texts again" : "The parent asked the club for no more texts",
    tone: wanted ? "plain" : "bad",
  }),
  PaymentTokenRefused: ({ code, reason }) => ({
    text: "GoCardless refused the payment request",
    detail: `${code}: ${reason}`,
    from: "GoCardless",
    tone: "bad",
  }),
  RegistrationErased: ({ erasedAt }) => ({
    text: `The registration was erased at ${londonTime(erasedAt)}`,
    detail: "names, numbers and texts are deleted; payments are kept",
  }),
  RegistrationTextsErased: () => ({ text: "Its texts were erased" }),
  PhoneOptedOut: ({ phone: number, via }, { phone }) => ({
    text: `${phone(number)} asked for no more texts`,
    from: optOutFrom[via],
    tone: "bad",
  }),
  PhoneOptedIn: ({ phone: number }, { phone }) => ({ text: `${phone(number)} wants texts again`, from: "parent" }),
  SuppressionKeyCreated: () => ({ text: "The key for hashing numbers was created" }),
};

type Changes = Extract<RegistrationEvent, { type: "RegistrationAmended" }>["data"]["changes"];

const amendedWords = ({ team, ageGroup, child, parent }: Changes): string =>
  [
    team && `team ${team}`,
    ageGroup && `age group ${ageGroup}`,
    child && `child ${child.firstName} ${child.lastName}`,
    parent && `parent ${parent.firstName} ${parent.lastName}`,
  ]
    .filter(Boolean)
    .join("; ");
