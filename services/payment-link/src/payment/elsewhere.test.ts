import type { PaymentEvent } from "@touchline/contracts";
import { describe, expect, test } from "vitest";
import { evolve, linkAfter, recordFacts } from "../../test/fold.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import { startCancelling } from "./cancelling.ts";
import type { Fact } from "./decide.ts";
import { requestElsewhere, settleElsewhere } from "./decide-elsewhere.ts";
import { destinationOf } from "./destination.ts";
import { nextStep } from "./follow-up.ts";
import { paidTwicePence } from "./standing.ts";
import type { Link } from "./state.ts";
import { feeOpenPence, paymentStatus } from "./status.ts";

const now = new Date("2026-11-23T18:05:05.000Z");
const cash = {
  recordId: "cash-1",
  kind: "cash",
  amountPence: 4_500,
  note: "R-0117",
  recordedAt: "2026-11-23T18:05:00.000Z",
} as const;
const said = (occurredAt: string) => ({ billingRequestId: LINK, occurredAt, via: "webhook", action: "x" }) as const;
const fulfilled: PaymentEvent = {
  type: "PaymentFulfilled",
  data: { ...said("2026-11-23T18:05:01.000Z"), requestId: LINK, paymentId: "PM1", mandateId: "MD1" },
};
const cancelled: PaymentEvent = {
  type: "PaymentTokenCancelled",
  data: { ...said("2026-11-23T18:05:02.000Z"), requestId: LINK, by: "us" },
};

/** The link after a decision on it. */
const decided = (link: Link, decide: (state: Link) => PaymentEvent[]): Link =>
  decide(link).reduce((state, event) => evolve(state, event) as Link, link);
const asked = (record: Parameters<typeof requestElsewhere>[0], link = linkAfter(tokenCreated())) =>
  decided(link, requestElsewhere(record));
const step = (link: Link, tapped = false) => nextStep({ tapped, collecting: true, inSeason: true })(link);
/** All steps of a record on a link through which nobody pays in the meantime. */
const settled = (record: Parameters<typeof requestElsewhere>[0], link?: Link) => {
  const wanted = asked(record, link);
  const free = step(wanted)?.do === "cancel_request" ? (evolve(wanted, cancelled) as Link) : wanted;
  return decided(free, settleElsewhere(now));
};

describe("money from elsewhere", () => {
  test("counts once the open request is cancelled; a tap in between neither pays nor asks again", () => {
    const wanted = asked(cash);
    expect(step(wanted)).toEqual({ do: "cancel_request", requestId: LINK });
    expect(settleElsewhere(now)(wanted)).toEqual([]);
    expect(destinationOf(wanted, true)).toEqual({ to: "try_again" });
    const free = evolve(wanted, cancelled) as Link;
    expect([step(free, true)?.do, destinationOf(free, true).to]).toEqual(["settle_elsewhere", "try_again"]);
    expect(settleElsewhere(now)(free)).toMatchObject([
      { type: "MoneyElsewhereRecorded", data: { billingRequestId: LINK, ...cash } },
      { type: "PaymentStatusChanged", data: { status: "paid", since: cash.recordedAt } },
    ]);
  });

  describe("whose cancellation is reported before our answer, or instead of it", () => {
    const reported: Fact = {
      type: "PaymentTokenCancelled",
      data: { ...said("2026-11-23T18:05:02.000Z"), providerEventId: "EV1", requestId: LINK, by: "gocardless" },
    };
    const cancelling = (record: Parameters<typeof requestElsewhere>[0]) =>
      decided(asked(record), startCancelling(LINK, now));

    test("was still cancelled by us", () => {
      expect(recordFacts([reported], now)(cancelling(cash))).toEqual([
        { ...reported, data: { ...reported.data, by: "us" } },
      ]);
    });

    test("counts, and the link asks for the rest", () => {
      const free = decided(cancelling({ ...cash, amountPence: 2_000 }), recordFacts([reported], now));
      const link = decided(free, settleElsewhere(now));
      expect([paymentStatus(link).status, destinationOf(link, true).to]).toEqual(["pending", "new_request"]);
      expect(step(link)).toMatchObject({ do: "ask_again", owed: { feePence: 2_500, mandate: true } });
    });

    test("and that covers the fee leaves the mandate to set up", () => {
      const link = decided(decided(cancelling(cash), recordFacts([reported], now)), settleElsewhere(now));
      expect([paymentStatus(link).status, destinationOf(link, true).to]).toEqual(["paid", "new_request"]);
    });

    test("does not hide that somebody had cancelled the request before", () => {
      const link = decided(linkAfter(tokenCreated()), recordFacts([reported], now));
      expect(startCancelling(LINK, now)(link)).toEqual([]);
      expect(paymentStatus(link).status).toBe("cancelled");
    });
  });

  test("begins a cancellation once", () => {
    const begun = { billingRequestId: LINK, requestId: LINK, startedAt: now.toISOString() };
    expect(startCancelling(LINK, now)(asked(cash))).toEqual([{ type: "PaymentTokenCancellationStarted", data: begun }]);
    expect(startCancelling(LINK, now)(decided(asked(cash), startCancelling(LINK, now)))).toEqual([]);
    expect(startCancelling("BRQ000NEXT", now)(asked(cash))).toEqual([]);
  });

  test("is refused if a tap in progress has paid: there is one payment, and the record says why", () => {
    const paid = evolve(asked(cash), fulfilled) as Link;
    expect(step(paid)).toEqual({ do: "settle_elsewhere" });
    expect(settleElsewhere(now)(paid)).toMatchObject([
      { type: "MoneyElsewhereRefused", data: { recordId: "cash-1", code: "paid" } },
    ]);
    const over = decided(paid, settleElsewhere(now));
    expect([paymentStatus(over).status, paidTwicePence(over), step(over)]).toEqual(["paid", 0, undefined]);
  });

  test("decides nothing a second time", () => {
    const link = settled(cash);
    expect(requestElsewhere(cash)(link)).toEqual([]);
    expect(settleElsewhere(now)(link)).toEqual([]);
  });

  test("leaves only the mandate to ask for if there is a monthly fee, and nothing if there is none", () => {
    const link = settled(cash);
    expect(destinationOf(link, true).to).toBe("new_request");
    expect(step(link, true)).toMatchObject({ do: "ask_again", owed: { feePence: 0, mandate: true } });
    expect(step(link)).toBeUndefined();
    const none = settled(cash, linkAfter(tokenCreated({ mandate: false, monthlyFeePence: 0 })));
    expect(destinationOf(none, true).to).toBe("settled");
  });

  test("for a part leaves exactly the rest to pay", () => {
    const part = settled({ ...cash, kind: "waiver", amountPence: 2_000 });
    expect(paymentStatus(part).status).toBe("pending");
    expect(step(part)).toMatchObject({ do: "ask_again", owed: { feePence: 2_500 } });
    const refused = settled({ ...cash, recordId: "cash-2", amountPence: 2_501 }, part);
    expect(refused.elsewhere.at(-1)).toMatchObject({ recordId: "cash-2", status: "refused" });
    expect(paymentStatus(settled({ ...cash, recordId: "cash-2", amountPence: 2_500 }, part)).status).toBe("paid");
    expect(paymentStatus(settled({ ...cash, kind: "waiver" })).status).toBe("waived");
  });

  test("is taken back once, by another record, and the fee is asked for again", () => {
    const undo = { ...cash, recordId: "undo-1", undoes: cash.recordId };
    const link = settled(undo, settled(cash));
    expect(paymentStatus(link).status).toBe("pending");
    expect(step(link)).toMatchObject({ do: "ask_again", owed: { feePence: 4_500 } });
    const twice = settled({ ...undo, recordId: "undo-2" }, link);
    expect(twice.elsewhere.at(-1)).toMatchObject({ recordId: "undo-2", status: "refused" });
  });

  describe("for a part, with the rest paid through the link", () => {
    const part = { ...cash, amountPence: 2_000 };
    const next = (requestId: string, feePence: number, count: number): PaymentEvent[] => [
      {
        type: "PaymentLinkReopened",
        data: {
          billingRequestId: LINK,
          registrationId: "r-1",
          requestId,
          replaces: LINK,
          count,
          feePence,
          mandate: false,
          reopenedAt: "2026-11-24T10:00:00.000Z",
        },
      },
      {
        type: "PaymentFulfilled",
        data: { ...said("2026-11-24T11:00:00.000Z"), requestId, paymentId: `PM-${requestId}` },
      },
    ];
    const settledInParts = (): Link => {
      const free = settled(part, linkAfter(tokenCreated({ mandate: false, monthlyFeePence: 0 })));
      return next("BRQ000REST", 2_500, 1).reduce<Link>((state, event) => evolve(state, event) as Link, free);
    };
    const undone = () => settled({ ...part, recordId: "undo-1", undoes: part.recordId }, settledInParts());

    test("is owed again once it is undone", () => {
      expect(paymentStatus(settledInParts()).status).toBe("paid");
      expect([feeOpenPence(undone()), paymentStatus(undone()).status]).toEqual([2_000, "pending"]);
      expect(step(undone())).toMatchObject({ do: "ask_again", owed: { feePence: 2_000 } });
    });

    test("can be corrected", () => {
      const corrected = settled({ ...part, recordId: "cash-2", amountPence: 1_500 }, undone());
      expect(corrected.elsewhere.at(-1)?.status).toBe("counts");
      expect(step(corrected)).toMatchObject({ do: "ask_again", owed: { feePence: 500 } });
    });

    test("is not paid twice when its parent pays it too", () => {
      const both = next("BRQ000PART", 2_000, 2).reduce<Link>((state, event) => evolve(state, event) as Link, undone());
      expect([paymentStatus(both).status, paidTwicePence(both)]).toEqual(["paid", 0]);
    });
  });

  test("for a fee that is paid after all shows as paid twice", () => {
    const back: PaymentEvent = {
      type: "PaymentChargedBack",
      data: { ...said("2026-11-25T10:00:00.000Z"), paymentId: "PM1" },
    };
    const won: PaymentEvent = {
      type: "PaymentChargebackCancelled",
      data: { ...said("2026-11-27T10:00:00.000Z"), paymentId: "PM1" },
    };
    const link = settled(cash, linkAfter(tokenCreated(), fulfilled, back));
    expect([paymentStatus(link).status, paidTwicePence(link)]).toEqual(["paid", 0]);
    expect(paidTwicePence(evolve(link, won) as Link)).toBe(4_500);
  });
});
