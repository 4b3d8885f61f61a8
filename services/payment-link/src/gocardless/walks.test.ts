import type { GoCardlessClient } from "gocardless-nodejs";
import { expect, test } from "vitest";
import type { Call } from "./calls.ts";
import { walks } from "./walks.ts";

const item = (payment: string) => ({ type: "payment_paid_out", amount: "100.0", links: { payment } });

/** Two pages of items. `onPage` is called for each. */
const itemsOf = (onPage: () => void, signal: AbortSignal) => {
  const list = async ({ after }: { readonly after?: string }) => {
    onPage();
    return { payout_items: [item(after ? "PM2" : "PM1")], meta: { cursors: { after: after ? null : "C1" } } };
  };
  const call = ((_operation: string, _trace: unknown, request: (headers: object) => unknown) => request({})) as Call;
  return walks({ payoutItems: { list } } as unknown as GoCardlessClient, call).payoutItems("PO1", signal);
};

test("a payout's items are read to the end", async () => {
  const items = await itemsOf(() => {}, new AbortController().signal);
  expect(items?.map(({ paymentId }) => paymentId)).toEqual(["PM1", "PM2"]);
});

test("a stop between two pages does not pass off some of a payout's items as all of them", async () => {
  const stop = new AbortController();
  await expect(itemsOf(() => stop.abort(), stop.signal)).rejects.toThrow("aborted");
});
