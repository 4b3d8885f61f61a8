import { type Day, daysLater, type PaymentEvent } from "@touchline/contracts";
import { londonDay } from "@touchline/london";

/** Money that was refunded or is on its way back. */
export interface Refund {
  /** Undefined until we have asked the provider. */
  readonly paymentId?: string;
  readonly amountPence?: number;
  /** The wish that it came from; undefined if somebody made it at the provider. */
  readonly wishId?: string;
  /** The earliest time reported. */
  readonly at: string;
  /** It reached the payer, though it may still come back. */
  readonly paid?: boolean;
  /** It did not reach the payer or came back. */
  readonly returned?: boolean;
}

/** A refund that the club has asked for. */
export interface RefundWish {
  readonly id: string;
  readonly paymentId: string;
  readonly amountPence: number;
  /** The payment's total refunds, including this one. */
  readonly totalPence: number;
  readonly refused: boolean;
}

export type Refunds = Readonly<Record<string, Refund>>;

interface WithRefunds {
  readonly refunds: Refunds;
  readonly wishes: readonly RefundWish[];
}

type RefundEvent = Extract<PaymentEvent, { type: "RefundCreated" | "RefundPaid" | "RefundReturned" }>;

const applyRefund = (refunds: Refunds, event: RefundEvent): Refunds => {
  const { refundId, occurredAt } = event.data;
  const known = refunds[refundId];
  const at = known && known.at < occurredAt ? known.at : occurredAt;
  const ended = { RefundCreated: {}, RefundPaid: { paid: true }, RefundReturned: { returned: true } }[event.type];
  const next: Refund = { ...known, at, ...ended };
  if (event.type !== "RefundCreated") return { ...refunds, [refundId]: next };
  const { paymentId, amountPence, refundRequestId: wishId } = event.data;
  const more = { ...(paymentId && { paymentId }), ...(amountPence && { amountPence }), ...(wishId && { wishId }) };
  return { ...refunds, [refundId]: { ...next, ...more } };
};

/** Undefined if the event is not about refunds. */
export const applyRefunds = ({ refunds, wishes }: WithRefunds, event: PaymentEvent): WithRefunds | undefined => {
  switch (event.type) {
    case "RefundRequested": {
      const { refundRequestId: id, paymentId, amountPence, totalPence } = event.data;
      return { refunds, wishes: [...wishes, { id, paymentId, amountPence, totalPence, refused: false }] };
    }
    case "RefundRefused": {
      const { refundRequestId: id } = event.data;
      const wish = wishes.find((one) => one.id === id) ?? { id, paymentId: "", amountPence: 0, totalPence: 0 };
      return { refunds, wishes: [...wishes.filter((one) => one.id !== id), { ...wish, refused: true }] };
    }
    case "RefundCreated":
    case "RefundPaid":
    case "RefundReturned":
      return { refunds: applyRefund(refunds, event), wishes };
    default:
      return undefined;
  }
};

const given = ({ refunds }: WithRefunds, paymentId: string | undefined): Refund[] =>
  paymentId ? Object.values(refunds).filter((r) => r.paymentId === paymentId && !r.returned) : [];

export const refundedPenceOf = (link: WithRefunds, paymentId: string | undefined): number =>
  given(link, paymentId).reduce((sum, { amountPence = 0 }) => sum + amountPence, 0);

/** When a payment's last refund was made; empty if there is none. */
export const refundedAt = (link: WithRefunds, paymentId: string | undefined): string =>
  given(link, paymentId)
    .map(({ at }) => at)
    .sort()
    .at(-1) ?? "";

/** Refunds whose payment and amount we have to ask the provider for. */
export const unreadRefunds = ({ refunds }: WithRefunds): string[] =>
  Object.keys(refunds)
    .filter((id) => refunds[id]?.paymentId === undefined || refunds[id]?.amountPence === undefined)
    .sort();

/** Wishes not yet sent to the provider. */
export const openWishes = ({ refunds, wishes }: WithRefunds): RefundWish[] =>
  wishes.filter((wish) => !wish.refused && !Object.values(refunds).some(({ wishId }) => wishId === wish.id));

/** A refund takes days. By then it has reached its payer or come back, even if nobody has reported that. */
const REFUND_DAYS = 30;

/** Whether a refund may not have reached its payer yet. */
export const isRefundUnderWay = ({ refunds }: WithRefunds, today: Day): boolean =>
  Object.values(refunds).some(
    ({ paid, returned, at }) => !paid && !returned && daysLater(londonDay(at), REFUND_DAYS) > today,
  );

/** Refunds made plus those asked for but not yet made. */
export const spokenForPence = (link: WithRefunds, paymentId: string): number =>
  openWishes(link)
    .filter((wish) => wish.paymentId === paymentId)
    .reduce((sum, { amountPence }) => sum + amountPence, refundedPenceOf(link, paymentId));
