import {
  type Day,
  dayOfMonth,
  fateOf,
  isReversal,
  monthOfCharge,
  monthWords,
  type PaymentEvent,
  type PaymentFate,
  wordOf,
} from "@touchline/contracts";

/** One collection of the monthly fee. */
export interface Month {
  /** Undefined while the collection is only due. */
  readonly fate?: PaymentFate;
  /** What the provider said when asked; until then it is the monthly fee. */
  readonly amountPence?: number;
  /** The day of its charge, once the provider has named one. */
  readonly chargeDate?: Day;
  /** There was no mandate to collect it on. */
  readonly uncharged?: boolean;
  /** What made the collection, once the provider has said so. */
  readonly subscriptionId?: string;
}

/** By payment id; a month that no payment was made for is by its own name, `2026-10`. */
export type Months = Readonly<Record<string, Month>>;

/** What is missing of the monthly fees, and what came in twice. */
export interface MonthlyStanding {
  readonly behindPence: number;
  readonly monthsMissed: number;
  /** `gone`: it ended, and another is wanted. */
  readonly mandate: "none" | "active" | "gone";
  readonly paidTwicePence: number;
}

interface WithMonths {
  readonly months: Months;
  readonly monthlyFeePence: number;
  readonly preferredPaymentDay: number;
  readonly subscriptions: readonly { readonly id: string; readonly dayOfMonth?: number }[];
}

type MonthWordEvent = Extract<PaymentEvent, { type: keyof typeof monthWords }>;

const isMonthWord = (event: PaymentEvent): event is MonthWordEvent => Object.hasOwn(monthWords, event.type);

/** Undefined: the event is not about a month. */
export const applyMonth = (
  months: Months,
  event: PaymentEvent,
  isSettlement: (action: string) => boolean,
): Months | undefined => {
  if (isMonthWord(event)) {
    const { paymentId: id, action } = event.data;
    const fate = fateOf(months[id]?.fate, wordOf(monthWords[event.type], event.data), isSettlement(action));
    return { ...months, [id]: { ...months[id], fate } };
  }
  if (event.type === "MonthlyFeeMissed") {
    const { month, dueOn: chargeDate, amountPence } = event.data;
    const fate = { word: "failed", at: `${chargeDate}T00:00:00.000Z`, eventId: "" } as const;
    return { ...months, [month]: { fate, amountPence, chargeDate, uncharged: true } };
  }
  if (event.type !== "MonthlyPaymentCreated" && event.type !== "MonthlyPaymentDated") return undefined;
  const { paymentId: id } = event.data;
  if (event.type === "MonthlyPaymentCreated")
    return { ...months, [id]: { ...months[id], subscriptionId: event.data.subscriptionId } };
  const { amountPence, chargeDate } = event.data;
  return { ...months, [id]: { ...months[id], amountPence, ...(chargeDate && { chargeDate }) } };
};

export const amountOf = ({ months, monthlyFeePence }: WithMonths, id: string): number =>
  months[id]?.amountPence ?? monthlyFeePence;

/** Each month for which the provider has made a payment, whatever became of it, with that payment: a collected one first. */
export const monthsCharged = (link: WithMonths): ReadonlyMap<string, string> => {
  const charges = new Map<string, string>();
  // Each subscription keeps its day, whatever was agreed since.
  const dayOf = (maker: string | undefined) =>
    link.subscriptions.find(({ id }) => id === maker)?.dayOfMonth ?? dayOfMonth(link.preferredPaymentDay);
  for (const [id, { uncharged, chargeDate, subscriptionId }] of Object.entries(link.months)) {
    if (!chargeDate || uncharged) continue;
    const month = monthOfCharge(chargeDate, dayOf(subscriptionId));
    if (!charges.has(month) || isCollected(link, id)) charges.set(month, id);
  }
  return charges;
};

/** The payment that a month is known by: one that was missed without a charge may have been charged after all. */
export const chargeOf = (link: WithMonths): ((id: string) => string) => {
  const charges = monthsCharged(link);
  return (id) => (link.months[id]?.uncharged ? (charges.get(id) ?? id) : id);
};

/** Collections that failed for good, went back or never came, in order of their ids. One that is tried again is not among them. */
export const failedMonths = (link: WithMonths): string[] => {
  const failed = Object.entries(link.months).filter(([, { fate }]) => isReversal(fate?.word));
  // That it was collected after all may be reported late.
  const charged = failed.some(([, { uncharged }]) => uncharged) ? monthsCharged(link) : new Map();
  return failed.flatMap(([id]) => (charged.has(id) ? [] : [id])).sort();
};

const collected: ReadonlySet<string | undefined> = new Set(["confirmed", "paid_out", "chargeback_cancelled"]);

export const isCollected = ({ months }: WithMonths, id: string): boolean => collected.has(months[id]?.fate?.word);

/** Collections of which the provider has not yet said how much and on which day. */
export const undatedMonths = ({ months }: WithMonths): string[] =>
  Object.keys(months)
    .filter((id) => months[id]?.amountPence === undefined)
    .sort();
