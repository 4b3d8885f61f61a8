import {
  feeWords,
  isUnpaid,
  type MonthlyFee,
  type PaymentEvent,
  type PaymentStatus,
  type RegistrationEvent,
  withSureStart,
} from "@touchline/contracts";

/** What texting needs to know of a registration. */
export interface RegistrationContext {
  readonly childFirstName: string;
  readonly phone: string;
  /** The parent's e-mail address, if known. */
  readonly email?: string | undefined;
  readonly acceptedAt: string;
  readonly cancelled: boolean;
  /** Its personal data is gone. */
  readonly erased: boolean;
  readonly corrections: number;
  readonly resends: number;
  /** Reminders that operators asked for. */
  readonly askedReminders: number;
  /** No reminders until then: an instant, or `season`. */
  readonly snoozedUntil?: string;
}

export const evolveRegistration = (
  known: RegistrationContext | undefined,
  event: RegistrationEvent,
): RegistrationContext | undefined => {
  if (event.type === "RegistrationErased") return erasedContext(event.data);
  if (event.type === "RegistrationCompleted") {
    const { child, parent, parentPhone, acceptedAt } = event.data;
    const fresh = { cancelled: false, erased: false, corrections: 0, resends: 0, askedReminders: 0 };
    return known ?? { childFirstName: child.firstName, phone: parentPhone, email: parent.email, acceptedAt, ...fresh };
  }
  if (!known) return known;
  if (event.type === "ParentPhoneCorrected") {
    return { ...known, phone: event.data.parentPhone, corrections: event.data.count };
  }
  if (event.type === "RegistrationAmended") {
    const { child } = event.data.changes;
    return child ? { ...known, childFirstName: child.firstName } : known;
  }
  if (event.type === "PaymentLinkResendRequested") return { ...known, resends: event.data.count };
  if (event.type === "ReminderRequested") return { ...known, askedReminders: event.data.count };
  if (event.type === "RegistrationSnoozed") return { ...known, snoozedUntil: event.data.until };
  return event.type === "RegistrationCancelled" ? { ...known, cancelled: true } : known;
};

const erasedContext = ({
  resends,
  corrections,
  erasedAt,
}: Extract<RegistrationEvent, { type: "RegistrationErased" }>["data"]): RegistrationContext => ({
  childFirstName: "",
  phone: "",
  acceptedAt: erasedAt,
  cancelled: true,
  erased: true,
  corrections,
  resends,
  askedReminders: 0,
});

/** What texting needs to know of a payment link. */
export interface LinkContext {
  readonly registrationId: string;
  readonly status: PaymentStatus;
  /**
   * The link asks for something that a text may mention: the fee, money that went back, or the first mandate. Asking again for a
   * mandate alone does not count: the fee is paid, and every text says that it is not.
   */
  readonly owed: boolean;
  /** The billing request that the link now leads to. */
  readonly requestId: string;
  readonly reopenings: number;
  /** Monthly payments that a billing request of the link has asked for again. */
  readonly monthsAsked: readonly string[];
  readonly behind: boolean;
  /** A mandate ended, and a new one is wanted. */
  readonly mandateGone: boolean;
  readonly mandatesGone: number;
  readonly feePence: number;
  /** What the mandate is for; undefined if the link asked for none. */
  readonly monthly?: MonthlyFee | undefined;
  /** When the status changed at GoCardless. */
  readonly statusSince?: string;
  /** When the last payment so far was made. */
  readonly paidSince?: string;
  /** The last change of status was a new payment, not one that went back and returned. */
  readonly newlyPaid?: boolean;
  /** Somebody has finished a GoCardless page for this link, so any mandate it asked for is set up. */
  readonly pageFinished?: boolean;
}

const freshLink = {
  status: "pending",
  owed: true,
  reopenings: 0,
  monthsAsked: [],
  behind: false,
  mandateGone: false,
  mandatesGone: 0,
} as const;

/** Events after which a link's first event no longer describes it. */
export const linkChanges = [
  "PaymentStatusChanged",
  "PaymentLinkReopened",
  "PaymentLinkAmended",
  "PaymentFulfilled",
  "PaymentLinkClosed",
  "MonthlyStatusChanged",
] as const satisfies readonly PaymentEvent["type"][];

export const evolveLink = (known: LinkContext | undefined, event: PaymentEvent): LinkContext | undefined => {
  if (event.type === "PaymentTokenCreated") {
    const { registrationId, billingRequestId, feePence } = event.data;
    const fees = { feePence, monthly: monthlyOf(event.data) };
    return known ?? { ...freshLink, registrationId, requestId: billingRequestId, ...fees };
  }
  if (!known) return known;
  switch (event.type) {
    case "PaymentStatusChanged": {
      const { status, since } = event.data;
      const newlyPaid = status === "paid" && since > (known.paidSince ?? "");
      // A cancelled link still counts as owed here: its texts are withdrawn for the cancellation, not as paid.
      const settled = !isUnpaid(status) && status !== "cancelled";
      const owed = !settled && (known.owed || status !== "pending");
      return { ...known, status, statusSince: since, owed, newlyPaid, ...(newlyPaid && { paidSince: since }) };
    }
    case "PaymentLinkReopened": {
      const { requestId, count, feePence, months = [] } = event.data;
      const monthsAsked = [...known.monthsAsked, ...months];
      return { ...known, owed: known.owed || feePence > 0, requestId, reopenings: count, monthsAsked };
    }
    case "PaymentLinkAmended":
      return { ...known, monthly: monthlyOf(event.data) };
    case "PaymentFulfilled":
      return { ...known, pageFinished: true, owed: event.data.requestId === known.requestId ? false : known.owed };
    // Its consequences are often reported before the page itself.
    case "PaymentConfirmed":
    case "PaymentPaidOut":
    case "MandateActivated":
      return { ...known, pageFinished: true };
    case "MonthlyStatusChanged": {
      const { behindPence, mandate, mandatesGone } = event.data;
      return { ...known, behind: behindPence > 0, mandateGone: mandate === "gone", mandatesGone };
    }
    case "PaymentLinkClosed":
      return { ...known, status: "cancelled" };
    default:
      return known;
  }
};

const monthlyOf = ({
  monthlyFeePence: pence,
  monthlyFrom: from,
  monthlyUntil: until,
}: Extract<PaymentEvent, { type: "PaymentTokenCreated" | "PaymentLinkAmended" }>["data"]): MonthlyFee | undefined =>
  until === undefined ? undefined : { pence, from, until };

/** The fees of a family that paid on this day, without the months that have passed. */
export const feesFrom = (day: string, { feePence, monthly }: LinkContext): string => {
  const toCome = monthly && monthly.until >= day ? monthly : undefined;
  return feeWords(feePence, toCome && withSureStart(toCome, day));
};
