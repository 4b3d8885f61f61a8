import type { MoneyKind, RegistrationEvent } from "@touchline/contracts";

type Completed = Extract<RegistrationEvent, { type: "RegistrationCompleted" }>["data"];

export type Terms = Pick<Completed, "monthlyFeePence" | "preferredPaymentDay">;

/** The state of one registration, for decisions. */
export type RegistrationState = { readonly status: "none" } | { readonly status: "erased" } | Known;

export interface Known {
  readonly status: "active" | "cancelled";
  /** As the gateway submitted it, without later corrections. Repeats are compared with it. */
  readonly completed: Completed;
  /** Present values that replace submitted ones. */
  readonly amended: Extract<RegistrationEvent, { type: "RegistrationAmended" }>["data"]["changes"] & Partial<Terms>;
  readonly amendments: number;
  /** Of the monthly terms. */
  readonly termsAmendments: number;
  /** The present number, E.164. */
  readonly parentPhone: string;
  readonly corrections: number;
  readonly resends: number;
  readonly lastResendAt?: string;
  /** Those that operators asked for. */
  readonly reminders: number;
  readonly lastReminderAt?: string;
  /** Refunds that were asked for, by their ids. */
  readonly refunds: Readonly<Record<string, number>>;
  readonly suspended: boolean;
  /** No reminders and no suspension until then; see `RegistrationSnoozed`. */
  readonly snoozedUntil?: string;
  /** A possible duplicate that was not released: it has neither link nor text. */
  readonly held: boolean;
  /** Ids of notes, and whether each still exists. */
  readonly notes: Readonly<Record<string, boolean>>;
  readonly repliesHandledUpTo?: string;
  /** Records of money from elsewhere, by their ids. */
  readonly money: Readonly<Record<string, MoneyRecord>>;
}

interface MoneyRecord {
  readonly kind: MoneyKind;
  readonly amountPence: number;
  readonly undoes?: string;
}

export const teamOf = ({ amended, completed }: Known): string => amended.team ?? completed.team;

export const isKnown = (state: RegistrationState): state is Known =>
  state.status === "active" || state.status === "cancelled";

/** How the stream `registration-{registrationId}` folds. */
export const registrationAggregate = {
  category: "registration",
  initial: { status: "none" } as RegistrationState,
  evolve: (state: RegistrationState, event: RegistrationEvent): RegistrationState => evolve(state, event),
};

const evolve = (state: RegistrationState, event: RegistrationEvent): RegistrationState => {
  // Earlier events may no longer be in the stream.
  if (event.type === "RegistrationErased") return { status: "erased" };
  if (event.type === "RegistrationCompleted") {
    // Only the first one counts.
    return state.status === "none" ? begin(event.data) : state;
  }
  if (!isKnown(state)) return state;
  switch (event.type) {
    case "ParentPhoneCorrected":
      return { ...state, parentPhone: event.data.parentPhone, corrections: event.data.count };
    case "RegistrationAmended":
      return { ...state, amended: { ...state.amended, ...event.data.changes }, amendments: event.data.count };
    case "MonthlyTermsAmended": {
      const { monthlyFeePence, preferredPaymentDay, count } = event.data;
      const amended = { ...state.amended, monthlyFeePence, preferredPaymentDay };
      return { ...state, amended, termsAmendments: count };
    }
    case "PaymentLinkResendRequested":
      return { ...state, resends: event.data.count, lastResendAt: event.data.requestedAt };
    case "RegistrationRefundRequested": {
      const { refundRequestId, amountPence } = event.data;
      return { ...state, refunds: { ...state.refunds, [refundRequestId]: amountPence } };
    }
    case "MoneyRecorded": {
      const { recordId, kind, amountPence, undoes } = event.data;
      const record = { kind, amountPence, ...(undoes !== undefined && { undoes }) };
      return { ...state, money: { ...state.money, [recordId]: record } };
    }
    case "RegistrationCancelled":
      return { ...state, status: "cancelled" };
    case "RegistrationSuspended":
      return { ...state, suspended: true };
    case "RegistrationReinstated":
      return { ...state, suspended: false };
    case "RegistrationSnoozed":
      return { ...state, snoozedUntil: event.data.until };
    case "ReminderRequested":
      return { ...state, reminders: event.data.count, lastReminderAt: event.data.requestedAt };
    case "RegistrationReleased":
      return { ...state, held: false };
    case "NoteAdded":
      return { ...state, notes: { ...state.notes, [event.data.noteId]: true } };
    case "NoteRemoved":
      return { ...state, notes: { ...state.notes, [event.data.noteId]: false } };
    case "RepliesHandled":
      return { ...state, repliesHandledUpTo: later(state.repliesHandledUpTo, event.data.upTo) };
    default:
      // Another service's, or a later version's.
      return state;
  }
};

const later = (known: string | undefined, instant: string): string => (known && known > instant ? known : instant);

const begin = (completed: Completed): Known => ({
  status: "active",
  completed,
  amended: {},
  amendments: 0,
  termsAmendments: 0,
  parentPhone: completed.parentPhone,
  corrections: 0,
  resends: 0,
  reminders: 0,
  suspended: false,
  held: completed.possibleDuplicateOf !== undefined,
  notes: {},
  refunds: {},
  money: {},
});
