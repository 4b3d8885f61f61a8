import { usualSeason } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import type { Entry } from "../read-model/books.ts";
import type { Facts } from "../read-model/facts.ts";
import type { Row } from "../read-model/row.ts";

/** Whether a season, `2526`, ended that many months ago by the club's calendar. */
export const isKeptLongEnough = (season: string, months: number, now: Date): boolean => {
  const [year = 0, month = 0, day = 0] = usualSeason(season).end.split("-").map(Number);
  const over = new Date(Date.UTC(year, month - 1, day + 1));
  const until = new Date(Date.UTC(over.getUTCFullYear(), over.getUTCMonth() + months, over.getUTCDate()));
  return londonDay(now) >= until.toISOString().slice(0, 10);
};

type MoneyRow = Pick<Row, "payment_status" | "behind_pence" | "paid_twice_pence" | "money_error" | "cancelled">;

/** Why a family's money is not settled, in words. Empty if nothing is open and its data can be erased. */
export const openMoney = (
  row: MoneyRow,
  dues: readonly Pick<Entry, "on_its_way" | "to_come">[],
  { wishes = [] }: Pick<Facts, "wishes">,
): string[] => {
  const reasons: [open: boolean, words: string][] = [
    [row.payment_status === "charged_back", "the payment was charged back"],
    [dues.some((due) => due.to_come > 0), "money is still to come"],
    [dues.some((due) => due.on_its_way > 0), "a payment is on its way"],
    [row.behind_pence > 0 && row.cancelled === 0, "months were missed"],
    [row.paid_twice_pence > 0, "something was paid twice"],
    [wishes.some(({ done, problem }) => !done && !problem), "a refund is on its way"],
    [row.money_error !== null, "a refund or a record of money came to nothing"],
  ];
  return reasons.filter(([open]) => open).map(([, words]) => words);
};
