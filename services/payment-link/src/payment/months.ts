import {
  type Day,
  dayOfMonth,
  fateOf,
  isCollectedWord,
  isReversal,
  monthOfCharge,
  monthWords,
  type PaymentEvent,
  type PaymentFate,
  wordOf,
} from "@touchline/contracts";

/** A collection of the monthly fee. */
interface Month {
  /** Undefined while the collection is only due. */
  readonly fate?: PaymentFate;
  /** Known once the provider was asked; until then the monthly fee counts. */
  readonly amountPence?: number;
  /** The day of its charge, once the provider has given it. */
  readonly chargeDate?: Day;
  /** There was no mandate for it. */
  readonly uncharged?: boolean;
  /** The subscription that made it, once the provider has said so. */
  readonly subscriptionId?: string;
}

/** By payment id, or by month (`2026-10`) if no payment was made for it. */
export type Months = Readonly<Record<string, Month>>;

/** What is missing of the monthly fees, and what was paid twice. */
export interface MonthlyStanding {
  readonly behindPence: number;
  readonly monthsMissed: number;
  /** `gone`: it ended and a new one is wanted. */
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

/** Undefined if the event is not about a month. */
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

/** Each month for which the provider made a payment, whatever became of it, with that payment; a collected one takes precedence. */
export const monthsCharged = (link: WithMonths): ReadonlyMap<string, string> => {
  const charges = new Map<string, string>();
  // A subscription keeps its day, whatever was agreed later.
  const dayOf = (maker: string | undefined) =>
    link.subscriptions.find(({ id }) => id === maker)?.dayOfMonth ?? dayOfMonth(link.preferredPaymentDay);
  for (const [id, { uncharged, chargeDate, subscriptionId }] of Object.entries(link.months)) {
    if (!chargeDate || uncharged) continue;
    const month = monthOfCharge(chargeDate, dayOf(subscriptionId));
    if (!charges.has(month) || isCollected(link, id)) charges.set(month, id);
  }
  return charges;
};

/** The id for a month: one that was missed without a charge may have been charged after all. */
export const chargeOf = (link: WithMonths): ((id: string) => string) => {
  const charges = monthsCharged(link);
  return (id) => (link.months[id]?.uncharged ? (charges.get(id) ?? id) : id);
};

/** Collections that failed for good, went back or never came, sorted by id. Those that are being retried do not count. */
export const failedMonths = (link: WithMonths): string[] => {
  const failed = Object.entries(link.months).filter(([, { fate }]) => isReversal(fate?.word));
  // It may be reported late that the month was collected after all.
  const charged = failed.some(([, { uncharged }]) => uncharged) ? monthsCharged(link) : new Map();
  return failed.flatMap(([id]) => (charged.has(id) ? [] : [id])).sort();
};

export const isCollected = ({ months }: WithMonths, id: string): boolean => isCollectedWord(months[id]?.fate?.word);

/** Collections whose amount and day the provider has not yet given. */
export const undatedMonths = ({ months }: WithMonths): string[] =>
  Object.keys(months)
    .filter((id) => months[id]?.amountPence === undefined)
    .sort();
