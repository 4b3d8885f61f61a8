import type { PaymentEvent, PaymentStatus, RegistrationEvent, SmsEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { applyEmail, type LinkEmail } from "./emails.ts";
import { announcedText, hasLink, type LinkText, requestedText } from "./link-text.ts";
import { applyMoneyWish, type MoneyWish } from "./money-wishes.ts";
import type { MandateStatus } from "./row.ts";

export type Completed = Extract<RegistrationEvent, { type: "RegistrationCompleted" }>["data"];

/** What the read model remembers of one registration, besides what never changes. It comes from several streams. */
export interface Facts {
  readonly parentPhone: string;
  /** The submitted fields that can be amended, with their amendments. */
  readonly content: Required<Amendments> & Pick<Completed, "monthlyFeePence" | "preferredPaymentDay">;
  readonly cancelled: boolean;
  readonly token?: string;
  readonly tokenAt?: string;
  readonly tokenError?: string;
  readonly payment?: {
    readonly status: PaymentStatus;
    readonly since: string;
    readonly changedAt: string;
    readonly amountRefundedPence?: number;
  };
  readonly months?: {
    readonly behindPence: number;
    readonly monthsMissed: number;
    readonly mandate: MandateStatus;
    readonly paidTwicePence: number;
  };
  /** Refunds and records of money; the last one is shown. */
  readonly wishes?: readonly MoneyWish[];
  /** GoCardless refused a subscription or its new amount, and neither it nor the terms have changed since. */
  readonly subscriptionRefused?: { readonly error: string; readonly at: string };
  readonly openedAt?: string;
  /** When the fee was last asked for again. */
  readonly feeAskedAt?: string;
  /** Resends of the link, as asked for. */
  readonly resends?: { readonly count: number; readonly lastAt: string };
  readonly texts: readonly LinkText[];
  /** E-mails sent instead of texts. */
  readonly emails?: readonly LinkEmail[];
  readonly suspendedAt?: string;
  readonly reinstatedAt?: string;
  readonly snoozedUntil?: string;
  readonly heldFor?: string;
  readonly notes?: readonly Note[];
  /** What the parent texted back. */
  readonly replies?: readonly Reply[];
  readonly repliesHandledUpTo?: string;
  /** The owner of `parentPhone` wants no texts. */
  readonly optedOut: boolean;
}

type Amendments = Extract<RegistrationEvent, { type: "RegistrationAmended" }>["data"]["changes"];
export interface Note
  extends Pick<Extract<RegistrationEvent, { type: "NoteAdded" }>["data"], "noteId" | "text" | "addedAt"> {
  /** Id of the operator. */
  readonly by?: string;
}
type Reply = Pick<Extract<SmsEvent, { type: "ReplyReceived" }>["data"], "replyId" | "body" | "receivedAt">;

export const firstFacts = (completed: Completed, optedOut: boolean): Facts => ({
  parentPhone: completed.parentPhone,
  content: contentOf(completed),
  cancelled: false,
  ...(completed.possibleDuplicateOf && { heldFor: completed.possibleDuplicateOf }),
  texts: [],
  optedOut,
});

const contentOf = ({ team, ageGroup, monthlyFeePence, preferredPaymentDay, child, parent }: Completed) => ({
  team,
  ageGroup,
  monthlyFeePence,
  preferredPaymentDay,
  child,
  parent: { firstName: parent.firstName, lastName: parent.lastName },
});

/**
 * The facts after an event; the same object when the event adds nothing that the read model shows. Streams may come in any order
 * relative to each other: no event overwrites what a later one of its own stream has said.
 */
export const applyEvent = (facts: Facts, event: StoredEvent): Facts => {
  switch (event.type) {
    case "ParentPhoneCorrected":
      return { ...facts, parentPhone: event.data.parentPhone };
    case "RegistrationAmended":
      return { ...facts, content: { ...facts.content, ...event.data.changes } };
    case "MonthlyTermsAmended": {
      const { monthlyFeePence, preferredPaymentDay } = event.data;
      return { ...facts, content: { ...facts.content, monthlyFeePence, preferredPaymentDay } };
    }
    case "RegistrationCancelled":
      return { ...facts, cancelled: true };
    case "PaymentLinkResendRequested":
      return { ...facts, resends: { count: event.data.count, lastAt: event.data.requestedAt } };
    case "PaymentTokenRefused":
      // A token is always later than a refusal, whichever is seen first.
      return facts.token ? facts : { ...facts, tokenError: `${event.data.code}: ${event.data.reason}` };
    case "PaymentTokenCreated": {
      const { tokenError: _, ...rest } = facts;
      return { ...rest, token: event.data.billingRequestId, tokenAt: event.data.createdAt };
    }
    case "PaymentStatusChanged":
      return withPayment(facts, event.data);
    case "MonthlyStatusChanged": {
      const { behindPence, monthsMissed, mandate, paidTwicePence } = event.data;
      return {
        ...facts,
        months: { behindPence, monthsMissed, mandate: mandate === "none" ? "" : mandate, paidTwicePence },
      };
    }
    case "PaymentLinkOpened":
      return isEarlier(event.data.openedAt, facts.openedAt) ? { ...facts, openedAt: event.data.openedAt } : facts;
    case "PaymentLinkReopened":
      return event.data.feePence > 0 && !event.data.amended ? { ...facts, feeAskedAt: event.data.reopenedAt } : facts;
    case "SmsRequested":
      return withRequest(facts, event.data, event.position);
    case "TextStatusChanged":
      return withAnnouncement(facts, event.stream, event.data);
    case "PhoneOptedOut":
      return event.data.phone === facts.parentPhone ? { ...facts, optedOut: true } : facts;
    case "PhoneOptedIn":
      return event.data.phone === facts.parentPhone ? { ...facts, optedOut: false } : facts;
    case "EmailRequested":
    case "EmailSent":
    case "EmailRefused":
    case "EmailOutcomeUnknown":
    case "EmailWithdrawn":
      return withEmail(facts, event);
    default:
      return applyMoney(facts, event) ?? applySubscription(facts, event) ?? applyFollowUp(facts, event);
  }
};

const applyMoney = (facts: Facts, event: StoredEvent): Facts | undefined => {
  const wishes = applyMoneyWish(facts.wishes ?? [], event);
  return wishes && { ...facts, wishes };
};

/** Undefined if the event is not about what collects the monthly fee. */
const applySubscription = (facts: Facts, event: StoredEvent): Facts | undefined => {
  switch (event.type) {
    case "SubscriptionRefused": {
      const { code, reason, refusedAt } = event.data;
      return { ...facts, subscriptionRefused: { error: `${code}: ${reason}`, at: refusedAt } };
    }
    // What is refused again after these is announced again.
    case "SubscriptionCreated":
    case "SubscriptionAmended":
    case "SubscriptionEnded":
    case "PaymentLinkAmended": {
      if (!facts.subscriptionRefused) return facts;
      const { subscriptionRefused: _, ...rest } = facts;
      return rest;
    }
    default:
      return undefined;
  }
};

/** What the club does about the family during its season, and what the parent says to it. */
const applyFollowUp = (facts: Facts, event: StoredEvent): Facts => {
  switch (event.type) {
    case "RegistrationSuspended":
      return suspended(facts, event.data.suspendedAt);
    case "RegistrationReinstated": {
      const { suspendedAt: _, ...rest } = facts;
      return { ...rest, reinstatedAt: event.data.reinstatedAt };
    }
    case "RegistrationSnoozed":
      return { ...facts, snoozedUntil: event.data.until };
    case "RegistrationReleased": {
      const { heldFor: _, ...rest } = facts;
      // Its days count from here, unless the fee was asked for again since.
      const { releasedAt } = event.data;
      return (facts.feeAskedAt ?? "") < releasedAt ? { ...rest, feeAskedAt: releasedAt } : rest;
    }
    case "NoteAdded": {
      const { noteId, text, addedAt } = event.data;
      const { actor } = event.metadata;
      const notes = facts.notes ?? [];
      if (notes.some((note) => note.noteId === noteId)) return facts;
      return { ...facts, notes: [...notes, { noteId, text, addedAt, ...(actor && { by: actor }) }] };
    }
    case "NoteRemoved":
      return { ...facts, notes: (facts.notes ?? []).filter(({ noteId }) => noteId !== event.data.noteId) };
    case "ReplyReceived": {
      const { replyId, body, receivedAt } = event.data;
      const replies = facts.replies ?? [];
      if (replies.some((reply) => reply.replyId === replyId)) return facts;
      return { ...facts, replies: [...replies, { replyId, body, receivedAt }] };
    }
    case "RepliesHandled":
      return event.data.upTo > (facts.repliesHandledUpTo ?? "")
        ? { ...facts, repliesHandledUpTo: event.data.upTo }
        : facts;
    default:
      return facts;
  }
};

const suspended = (facts: Facts, suspendedAt: string): Facts => {
  const { reinstatedAt: _, ...rest } = facts;
  return { ...rest, suspendedAt };
};

type PaymentChange = Extract<PaymentEvent, { type: "PaymentStatusChanged" }>["data"];
type Requested = Extract<SmsEvent, { type: "SmsRequested" }>["data"];
type Announced = Extract<SmsEvent, { type: "TextStatusChanged" }>["data"];

const withPayment = (facts: Facts, { status, since, changedAt, amountRefundedPence }: PaymentChange): Facts => ({
  ...facts,
  payment: { status, since, changedAt, ...(amountRefundedPence && { amountRefundedPence }) },
});

const withRequest = (facts: Facts, data: Requested, position: bigint): Facts =>
  hasLink(data) && !facts.texts.some(({ smsId }) => smsId === data.smsId)
    ? { ...facts, texts: [...facts.texts, requestedText(data, position)] }
    : facts;

const withAnnouncement = (facts: Facts, stream: string, data: Announced): Facts => {
  const index = facts.texts.findIndex(({ smsId }) => stream === `sms-${smsId}`);
  const text = facts.texts[index];
  return text ? { ...facts, texts: facts.texts.with(index, announcedText(text, data)) } : facts;
};

const withEmail = (facts: Facts, event: StoredEvent): Facts => {
  const before = facts.emails ?? [];
  const emails = applyEmail(before, event);
  return emails === before ? facts : { ...facts, emails };
};

const isEarlier = (a: string, b: string | undefined) => b === undefined || Date.parse(a) < Date.parse(b);
