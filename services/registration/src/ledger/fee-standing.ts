import { isUnpaid, type PaymentEvent } from "@touchline/contracts";
import { type Account, applyToAccount } from "./account.ts";
import { duesOf } from "./dues.ts";

/** For this long after a tap on the link, the parent may still be at GoCardless, or the bank may not have answered yet. */
const PAYING_MS = 24 * 3_600_000;

/** The present state of the fee, from the payment's stream. */
export const feeStanding = (events: readonly PaymentEvent[], now: Date) => {
  const account = events.reduce<Account | undefined>(applyToAccount, undefined);
  const fee = account && duesOf(account).find(({ due }) => due === "fee");
  const status = events.findLast((event) => event.type === "PaymentStatusChanged")?.data.status ?? "pending";
  const paying = events.some(
    ({ type, data }) => type === "PaymentFlowCreated" && now.getTime() - Date.parse(data.createdAt) < PAYING_MS,
  );
  return {
    owed: account !== undefined && !account.closed && isUnpaid(status),
    comes: paying || (fee?.on_its_way ?? 0) > 0,
    decidedRecords: events.flatMap(({ type, data }) =>
      type === "MoneyElsewhereRecorded" || type === "MoneyElsewhereRefused" ? [data.recordId] : [],
    ),
  };
};
