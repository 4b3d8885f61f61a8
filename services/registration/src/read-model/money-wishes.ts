import type { StoredEvent } from "@touchline/event-store";
import { recordRefusalWords, refundRefusalWords, refundReturnedWords } from "@touchline/timeline";

/** A refund or a record of money, and what came of it. */
export interface MoneyWish {
  /** The wish's or record's; absent for a refund made at GoCardless. */
  readonly id?: string;
  readonly refundId?: string;
  /** GoCardless has taken the refund; the record counts. */
  readonly done?: boolean;
  /** Why it failed, in words, and when. */
  readonly problem?: string;
  readonly failedAt?: string;
}

export const refundWishId = (refundRequestId: string) => `refund ${refundRequestId}`;
export const recordWishId = (recordId: string) => `record ${recordId}`;

/** Undefined if the event is not about such a wish. The last one is the last that was asked for, or failed. */
export const applyMoneyWish = (wishes: readonly MoneyWish[], event: StoredEvent): readonly MoneyWish[] | undefined => {
  const failed = (problem: string) => ({ problem, failedAt: event.created.toISOString() });
  switch (event.type) {
    case "RefundRequested":
      return withWish(wishes, { id: refundWishId(event.data.refundRequestId) });
    case "RefundRefused": {
      const { refundRequestId, code, reason } = event.data;
      return withWish(wishes, { id: refundWishId(refundRequestId), ...failed(refundRefusalWords(code, reason)) });
    }
    case "RefundCreated": {
      const { refundRequestId: id, refundId } = event.data;
      return withWish(wishes, { ...(id && { id: refundWishId(id) }), refundId, done: true });
    }
    case "RefundReturned":
      return withWish(wishes, { refundId: event.data.refundId, ...failed(refundReturnedWords) });
    case "MoneyElsewhereRequested":
      return withWish(wishes, { id: recordWishId(event.data.recordId) });
    case "MoneyElsewhereRecorded":
      return withWish(wishes, { id: recordWishId(event.data.recordId), done: true });
    case "MoneyElsewhereRefused":
      return withWish(wishes, {
        id: recordWishId(event.data.recordId),
        ...failed(recordRefusalWords(event.data.code)),
      });
    default:
      return undefined;
  }
};

/** A refund that GoCardless reported before it answered us is in the list twice until the answer names both ids. */
const withWish = (wishes: readonly MoneyWish[], news: MoneyWish): readonly MoneyWish[] => {
  const isSame = (one: MoneyWish) =>
    (news.id !== undefined && one.id === news.id) || (news.refundId !== undefined && one.refundId === news.refundId);
  const known = wishes.filter(isSame);
  const merged: MoneyWish = Object.assign({}, ...known, news);
  const others = wishes.filter((one) => !isSame(one));
  const last = wishes.at(-1);
  // A success does not hide that another failed meanwhile.
  return known.length > 0 && !news.problem && last && !isSame(last) ? [merged, ...others] : [...others, merged];
};
