import { isCollectedWord } from "@touchline/contracts";
import {
  compareMandate,
  comparePayment,
  compareRefund,
  compareSubscription,
  type Difference,
} from "../payment/compare.ts";
import type { PaymentRecord } from "../payment/money-provider.ts";
import type { Link } from "../payment/state.ts";
import type { TheirBooks } from "./walk.ts";

/** The ids of one link's things at the provider. */
export interface OwnedThings {
  readonly payments: readonly string[];
  readonly refunds: readonly string[];
  readonly subscriptions: readonly string[];
  readonly mandates: readonly string[];
}

export interface SortedBooks {
  readonly byLink: ReadonlyMap<string, OwnedThings>;
  /** How many things in the account are not ours. */
  readonly foreign: number;
  /** Payments whose metadata says that we asked for them, but whose registration is in no event. */
  readonly strays: readonly Difference[];
}

const books = ["payments", "refunds", "subscriptions", "mandates"] as const;
export type Book = (typeof books)[number];

type Owner = (book: Book, thing: { readonly id: string }) => string | undefined;

const strayOf = (payment: PaymentRecord | undefined): Difference[] => {
  if (!payment?.registrationId) return [];
  const { id, registrationId, state, amountPence, status } = payment;
  const pence = isCollectedWord(state) ? amountPence : 0;
  return [{ kind: "payment", id, registrationId, pence, ours: "no such registration", theirs: status }];
};

/** Sorts things by link, or as belonging to none. */
export const sortBooks = (theirs: TheirBooks, ownerOf: Owner): SortedBooks => {
  const byLink = new Map<string, Record<Book, string[]>>();
  const strays: Difference[] = [];
  let foreign = 0;
  for (const book of books) {
    for (const thing of theirs[book].values()) {
      const linkId = ownerOf(book, thing);
      if (!linkId) {
        const stray = strayOf(theirs.payments.get(thing.id));
        if (stray.length === 0) foreign++;
        strays.push(...stray);
        continue;
      }
      const owned = byLink.get(linkId) ?? { payments: [], refunds: [], subscriptions: [], mandates: [] };
      owned[book].push(thing.id);
      byLink.set(linkId, owned);
    }
  }
  return { byLink, foreign, strays };
};

const each = <T>(
  ids: readonly string[] | undefined,
  rows: ReadonlyMap<string, T>,
  compare: (row: T) => Difference[],
): Difference[] =>
  (ids ?? []).flatMap((id) => {
    const row = rows.get(id);
    return row === undefined ? [] : compare(row);
  });

/** The differences about one link. */
export const compareLink = (link: Link, owned: OwnedThings | undefined, theirs: TheirBooks): Difference[] => [
  ...each(owned?.payments, theirs.payments, (row) => comparePayment(link, row)),
  ...each(owned?.refunds, theirs.refunds, (row) => compareRefund(link, row)),
  ...each(owned?.subscriptions, theirs.subscriptions, (row) => compareSubscription(link, row)),
  ...each(owned?.mandates, theirs.mandates, (row) => compareMandate(link, row)),
];

/** What the club has according to the provider: collected and not refunded. */
export const keptPence = ({ byLink }: SortedBooks, theirs: TheirBooks): number => {
  let pence = 0;
  for (const { payments, refunds } of byLink.values()) {
    for (const id of payments) {
      const payment = theirs.payments.get(id);
      if (payment && isCollectedWord(payment.state)) pence += payment.amountPence;
    }
    for (const id of refunds) {
      const refund = theirs.refunds.get(id);
      if (refund?.state === "underway" || refund?.state === "paid") pence -= refund.amountPence;
    }
  }
  return pence;
};
