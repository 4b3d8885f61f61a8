import {
  type Day,
  dayOfMonth,
  endedWithMandate,
  fateOf,
  isSettlement,
  monthWords,
  type PaymentEvent,
  type PaymentFate,
  paymentWords,
  wordOf,
} from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { applyRecord, type MoneyFromElsewhere } from "./elsewhere.ts";

/** One billing request of the link: what it asks for, and whether the parent finished it. */
export interface Asked {
  readonly id: string;
  readonly feePence: number;
  readonly months: readonly string[];
  readonly monthsPence: number;
  readonly fulfilledAt?: string;
  readonly paymentId?: string;
}

/** One collection of the monthly fee. */
export interface Collection {
  readonly fate?: PaymentFate;
  readonly amountPence?: number;
  /** The first day that was set for it; a retry has a later one. */
  readonly chargeDate?: Day;
  /** There was no mandate to collect it with. */
  readonly uncharged?: boolean;
  /** What created it, once GoCardless has reported that. */
  readonly subscriptionId?: string;
  /** The time of the earliest report about it, used until the charge date is known. */
  readonly firstAt: string;
}

interface Plan {
  readonly id: string;
  readonly startDate?: Day;
  readonly payments?: number;
  /** 1–28 or -1. */
  readonly dayOfMonth?: number;
  readonly ended?: boolean;
  /** It ended because its mandate did. */
  readonly withMandate?: boolean;
}

interface GivenBack {
  readonly paymentId?: string;
  readonly amountPence?: number;
  readonly returned?: boolean;
}

/** What the ledger knows about one link. Facts about money arrive in any order. */
export interface Account {
  readonly registrationId: string;
  readonly season: string;
  /** The month of the signing-on fee, such as `2026-09`. */
  readonly month: string;
  readonly feePence: number;
  /** The terms as last agreed. */
  readonly monthlyFeePence: number;
  readonly monthlyFrom?: Day;
  readonly monthlyUntil?: Day;
  /** The day of the month on which it is collected, 1–28 or -1. */
  readonly collectedOn: number;
  readonly asked: readonly Asked[];
  readonly payments: Readonly<Record<string, PaymentFate>>;
  readonly collections: Readonly<Record<string, Collection>>;
  readonly plans: readonly Plan[];
  readonly refunds: Readonly<Record<string, GivenBack>>;
  readonly elsewhere: readonly MoneyFromElsewhere[];
  /** The link asks for nothing more: it was cancelled or erased. */
  readonly closed?: boolean;
  /** What payment-link last announced about the fee and the mandate. */
  readonly calledOff?: boolean;
  readonly refunded?: boolean;
  readonly mandateGone?: boolean;
}

/** Undefined until the link is known; the same object when the event moves no money. */
export const applyToAccount = (account: Account | undefined, event: PaymentEvent): Account | undefined => {
  if (event.type === "PaymentTokenCreated") return account ?? begin(event.data);
  if (!account) return undefined;
  return applyCollected(account, event) ?? applyPlans(account, event) ?? applyRest(account, event);
};

const begin = (data: Extract<PaymentEvent, { type: "PaymentTokenCreated" }>["data"]): Account => {
  const { billingRequestId: id, registrationId, season, feePence, monthlyFeePence, monthlyFrom, monthlyUntil } = data;
  return {
    registrationId,
    season,
    month: londonDay(data.createdAt).slice(0, 7),
    feePence,
    monthlyFeePence,
    collectedOn: dayOfMonth(data.preferredPaymentDay),
    ...(monthlyFrom && monthlyUntil && { monthlyFrom, monthlyUntil }),
    asked: [{ id, feePence, months: [], monthsPence: 0 }],
    payments: {},
    collections: {},
    plans: [],
    refunds: {},
    elsewhere: [],
  };
};

type FeeEvent = Extract<PaymentEvent, { type: keyof typeof paymentWords }>;
type MonthEvent = Extract<PaymentEvent, { type: keyof typeof monthWords }>;
const isFeeEvent = (event: PaymentEvent): event is FeeEvent => Object.hasOwn(paymentWords, event.type);
const isMonthEvent = (event: PaymentEvent): event is MonthEvent => Object.hasOwn(monthWords, event.type);

/** Undefined if the event is not about a payment. */
const applyCollected = (account: Account, event: PaymentEvent): Account | undefined => {
  if (isFeeEvent(event)) {
    const { paymentId: id, action } = event.data;
    const fate = fateOf(account.payments[id], wordOf(paymentWords[event.type], event.data), isSettlement(action));
    return { ...account, payments: { ...account.payments, [id]: fate } };
  }
  if (isMonthEvent(event)) {
    const { paymentId: id, action, occurredAt } = event.data;
    const before = account.collections[id]?.fate;
    const fate = fateOf(before, wordOf(monthWords[event.type], event.data), isSettlement(action));
    return withCollection(account, id, occurredAt, { fate });
  }
  if (event.type === "MonthlyPaymentCreated")
    return withCollection(account, event.data.paymentId, event.data.occurredAt, {
      subscriptionId: event.data.subscriptionId,
    });
  if (event.type === "MonthlyFeeMissed") {
    const { month, dueOn: chargeDate, amountPence } = event.data;
    return withCollection(account, month, chargeDate, { amountPence, chargeDate, uncharged: true });
  }
  if (event.type !== "MonthlyPaymentDated") return undefined;
  const { paymentId: id, amountPence, chargeDate: named, occurredAt } = event.data;
  const chargeDate = earlier(account.collections[id]?.chargeDate, named);
  return withCollection(account, id, occurredAt, { amountPence, ...(chargeDate && { chargeDate }) });
};

const withCollection = (account: Account, id: string, at: string, more: Partial<Collection>): Account => {
  const known = account.collections[id];
  const collection = { ...known, ...more, firstAt: earlier(known?.firstAt, at) ?? at };
  return { ...account, collections: { ...account.collections, [id]: collection } };
};

const earlier = (a: string | undefined, b: string | undefined) => (a !== undefined && (!b || a < b) ? a : b);

/** Undefined if the event is not about future months. */
const applyPlans = (account: Account, event: PaymentEvent): Account | undefined => {
  switch (event.type) {
    case "SubscriptionCreated": {
      const { subscriptionId: id, startDate, payments, dayOfMonth: day } = event.data;
      return withPlan(account, id, { startDate, payments, dayOfMonth: day });
    }
    case "SubscriptionEnded": {
      const { subscriptionId, cause } = event.data;
      return withPlan(account, subscriptionId, {
        ended: true,
        ...(endedWithMandate(cause) && { withMandate: true }),
      });
    }
    case "PaymentLinkAmended": {
      const { monthlyFeePence, preferredPaymentDay, monthlyFrom, monthlyUntil } = event.data;
      const { monthlyFrom: _, monthlyUntil: __, ...rest } = account;
      const expected = monthlyFrom && monthlyUntil && { monthlyFrom, monthlyUntil };
      return { ...rest, monthlyFeePence, collectedOn: dayOfMonth(preferredPaymentDay), ...expected };
    }
    case "MonthlyStatusChanged":
      return { ...account, mandateGone: event.data.mandate === "gone" };
    case "PaymentStatusChanged":
      return {
        ...account,
        calledOff: event.data.status === "cancelled",
        refunded: event.data.status === "refunded",
      };
    case "PaymentLinkClosed":
    case "PaymentLinkErased":
      return { ...account, closed: true };
    default:
      return undefined;
  }
};

const withPlan = (account: Account, id: string, more: Partial<Plan>): Account => {
  const known = account.plans.find((plan) => plan.id === id);
  const others = account.plans.filter((plan) => plan.id !== id);
  return { ...account, plans: [...others, { ...known, ...more, id }] };
};

const applyRest = (account: Account, event: PaymentEvent): Account => {
  switch (event.type) {
    case "PaymentLinkReopened": {
      const { requestId: id, feePence, months = [], monthsPence = 0 } = event.data;
      if (account.asked.some((request) => request.id === id)) return account;
      return { ...account, asked: [...account.asked, { id, feePence, months, monthsPence }] };
    }
    case "PaymentFulfilled": {
      const { requestId, paymentId, occurredAt } = event.data;
      const finish = (request: Asked) => ({
        ...request,
        fulfilledAt: earlier(request.fulfilledAt, occurredAt) ?? occurredAt,
        ...(paymentId && { paymentId }),
      });
      return { ...account, asked: account.asked.map((one) => (one.id === requestId ? finish(one) : one)) };
    }
    case "RefundCreated": {
      const { refundId: id, paymentId, amountPence } = event.data;
      return withRefund(account, id, { ...(paymentId && { paymentId }), ...(amountPence && { amountPence }) });
    }
    case "RefundReturned":
      return withRefund(account, event.data.refundId, { returned: true });
    case "MoneyElsewhereRecorded":
      return { ...account, elsewhere: applyRecord(account.elsewhere, event.data) };
    default:
      return account;
  }
};

const withRefund = (account: Account, id: string, more: GivenBack): Account => ({
  ...account,
  refunds: { ...account.refunds, [id]: { ...account.refunds[id], ...more } },
});
