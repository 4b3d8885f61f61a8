import type { PaymentEvent } from "@touchline/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evolve, recordFacts } from "../../test/fold.ts";
import { begun, factsOf, histories, now, type Reported, shuffled } from "../../test/histories.ts";
import { lastSaid, meaning, truth } from "../../test/meaning.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import type { Fact } from "./decide.ts";
import { announceMonths } from "./decide-money.ts";
import type { Link, LinkState } from "./state.ts";
import { collectingNow, owed, paymentStatus, subscriptionsOn, usableMandate } from "./status.ts";

/** Records facts in batches, as webhooks do, and announces what follows. */
const live = (batches: readonly (readonly Fact[])[]): Link => {
  const end = batches.reduce((state, batch) => {
    const learnt = recordFacts(batch, now)(state).reduce(evolve, state);
    return announceMonths(true, now)(learnt).reduce(evolve, learnt);
  }, begun);
  if (end.status === "none") throw new Error("the link is gone");
  return end;
};

describe.each(Object.entries(histories))("%s", (_name, history) => {
  const facts = factsOf(history, false);
  const inOrder = meaning(live([facts]));

  test("any order, repeats and batches give the same result", () => {
    fc.assert(
      fc.property(shuffled(facts), (batches) => {
        const link = live(batches);
        expect(meaning(link)).toEqual(inOrder);
        expect(lastSaid(link)).toEqual(truth(link));
      }),
      { numRuns: 300 },
    );
  });

  test("the order does not matter even if all facts have the same time", () => {
    const tied = factsOf(history, true);
    const expected = meaning(live([tied]));
    fc.assert(
      fc.property(shuffled(tied), (batches) => {
        expect(meaning(live(batches))).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

test("a subscription goes on with a replacing mandate, whatever is reported about the old one, in any order", () => {
  const { data } = tokenCreated();
  const subscribed: PaymentEvent = {
    type: "SubscriptionCreated",
    data: {
      billingRequestId: LINK,
      subscriptionId: "SB1",
      mandateId: "MD1",
      amountPence: data.monthlyFeePence,
      dayOfMonth: 1,
      startDate: "2026-12-01",
      payments: 6,
      createdAt: data.createdAt,
    },
  };
  const reinstated = histories["the mandate replaced, the old one reinstated by the bank"] ?? [];
  const ended: Reported[] = [
    ["MandateFailed", { mandateId: "MD2" }],
    ["SubscriptionEnded", { subscriptionId: "SB1", cause: "mandate_cancelled" }],
  ];
  const endsAs = (history: readonly Reported[], expected: object) => {
    const events: PaymentEvent[] = [...factsOf(history, false), subscribed];
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (order) => {
        const link = order.reduce<LinkState>(evolve, begun) as Link;
        const [usable, collecting] = [usableMandate(link), collectingNow(link).map(({ id }) => id)];
        expect({ usable, collecting, on: subscriptionsOn(link, "MD2").map(({ id }) => id) }).toEqual(expected);
        expect(subscriptionsOn(link, "MD1")).toEqual([]);
      }),
    );
  };
  endsAs(reinstated, { usable: "MD2", collecting: ["SB1"], on: ["SB1"] });
  endsAs([...reinstated, ...ended], { usable: undefined, collecting: [], on: ["SB1"] });
  endsAs([...reinstated, ...ended.slice(0, 1)], { usable: undefined, collecting: [], on: ["SB1"] });
  endsAs([...reinstated, ...ended.slice(1)], { usable: "MD2", collecting: [], on: ["SB1"] });
});

test("the histories end as a treasurer would expect", () => {
  const ends = Object.fromEntries(
    Object.entries(histories).map(([name, history]) => {
      const link = live([factsOf(history, false)]);
      const { feePence, mandate } = owed(link, true);
      return [name, [paymentStatus(link).status, { feePence, mandate }]];
    }),
  );
  expect(ends).toEqual({
    "paid out": ["paid", { feePence: 0, mandate: false }],
    "failed late, paid again": ["paid", { feePence: 0, mandate: false }],
    "charged back, and the charge-back withdrawn": ["paid", { feePence: 0, mandate: false }],
    "charged back, and the mandate gone": ["charged_back", { feePence: 4_500, mandate: true }],
    "failed, resubmitted, confirmed": ["paid", { feePence: 0, mandate: false }],
    "failed late, resubmitted, confirmed, and then the failure settled": ["paid", { feePence: 0, mandate: false }],
    "failed late, collected again by GoCardless itself, and then the failure settled": [
      "paid",
      { feePence: 0, mandate: false },
    ],
    "charged back, withdrawn, and then the charge-back settled": ["paid", { feePence: 0, mandate: false }],
    "a settlement of a failure that was never reported": ["failed", { feePence: 4_500, mandate: false }],
    "failed, resubmitted, and then a charge-back settled that was never reported": [
      "charged_back",
      { feePence: 4_500, mandate: false },
    ],
    "a fulfilled event that names nothing": ["paid", { feePence: 0, mandate: false }],
    "the mandate replaced, then cancelled; the bank said no first": ["paid", { feePence: 0, mandate: true }],
    "the mandate replaced, the old one reinstated by the bank": ["paid", { feePence: 0, mandate: false }],
    "the mandate replaced, the old one reinstated, the new one cancelled": ["paid", { feePence: 0, mandate: true }],
    "refunded in part": ["paid", { feePence: 0, mandate: false }],
    "refunded in two parts, the payment charged back as well": ["refunded", { feePence: 0, mandate: false }],
    "refunded, and the refund came back": ["paid", { feePence: 0, mandate: false }],
    "paid twice, refunded once, then the other charged back": ["charged_back", { feePence: 4_500, mandate: false }],
    "a month tried again and collected, and one missed with its mandate": ["paid", { feePence: 0, mandate: true }],
    "a month charged back and withdrawn, one skipped, one charged back for good": [
      "paid",
      { feePence: 0, mandate: false },
    ],
    "cancelled at GoCardless": ["cancelled", { feePence: 4_500, mandate: true }],
  });
});
