import type { GoCardlessClient } from "gocardless-nodejs";
import type { MoneyProvider, PayoutItemRecord, Walk } from "../payment/money-provider.ts";
import type { Call } from "./calls.ts";
import { createdSince, type PageQuery, pagesOf } from "./pages.ts";
import { missing, unexpected } from "./problems.ts";
import {
  mandateRecordOf,
  paymentRecordOf,
  payoutItemRecordOf,
  payoutRecordOf,
  refundRecordOf,
  subscriptionRecordOf,
} from "./records.ts";

type Walks = Pick<MoneyProvider, "payments" | "refunds" | "payouts" | "subscriptions" | "mandates" | "payoutItems">;
type Headers = Parameters<Parameters<Call>[2]>[0];

interface ListAnswer {
  readonly meta: { readonly cursors?: { readonly after?: string | null } };
}

/** Everything that GoCardless knows about money, for comparison with our events. Read-only. */
export const walks = (client: GoCardlessClient, call: Call): Walks => {
  const walk =
    <N extends string, R, T>(
      name: N,
      operation: Parameters<Call>[0],
      list: (
        query: PageQuery & ReturnType<typeof createdSince>,
        headers: Headers,
      ) => Promise<ListAnswer & Record<N, R[]>>,
      recordOf: (row: R) => T,
    ): Walk<T> =>
    (since, signal) =>
      pagesOf(
        (query) =>
          call(
            operation,
            undefined,
            async (headers) => {
              const answer = await list({ ...query, ...createdSince(since) }, headers);
              return { rows: answer[name]?.map(recordOf), meta: answer.meta };
            },
            (problem) => Promise.reject(unexpected(`its ${name}`, problem)),
          ),
        signal,
      );

  return {
    payments: walk("payments", "list_payments", (q, h) => client.payments.list(q, h), paymentRecordOf),
    refunds: walk("refunds", "list_refunds", (q, h) => client.refunds.list(q, h), refundRecordOf),
    payouts: walk("payouts", "list_payouts", (q, h) => client.payouts.list(q, h), payoutRecordOf),
    subscriptions: walk(
      "subscriptions",
      "list_subscriptions",
      (q, h) => client.subscriptions.list(q, h),
      subscriptionRecordOf,
    ),
    mandates: walk("mandates", "list_mandates", (q, h) => client.mandates.list(q, h), mandateRecordOf),

    payoutItems: async (payout, signal) => {
      const found: PayoutItemRecord[] = [];
      let gone = false;
      const pages = pagesOf(async (query) => {
        const answer = await call(
          "list_payout_items",
          undefined,
          (headers) => client.payoutItems.list({ ...query, payout }, headers),
          missing,
        );
        gone ||= answer === undefined;
        return { rows: answer?.payout_items.map(payoutItemRecordOf), ...(answer && { meta: answer.meta }) };
      }, signal);
      for await (const page of pages) found.push(...page);
      // Some of its pages would look like all of them.
      signal.throwIfAborted();
      return gone ? undefined : found;
    },
  };
};
