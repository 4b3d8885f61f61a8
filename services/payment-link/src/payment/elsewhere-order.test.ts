import type { PaymentEvent } from "@touchline/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evolve, linkAfter, recordFacts } from "../../test/fold.ts";
import { begun, factsOf, histories, now } from "../../test/histories.ts";
import { lastSaid, meaning, truth } from "../../test/meaning.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import { type Fact, reopenLink } from "./decide.ts";
import { requestElsewhere, settleElsewhere } from "./decide-elsewhere.ts";
import { announceMonths } from "./decide-money.ts";
import { nextStep, type Step } from "./follow-up.ts";
import { cancelledFact } from "./read-facts.ts";
import type { Link, LinkState } from "./state.ts";

type MoneyRecord = Parameters<typeof requestElsewhere>[0];
type Input = Fact | MoneyRecord;

const record = (recordId: string, more: Partial<MoneyRecord>): MoneyRecord => ({
  recordId,
  kind: "cash",
  amountPence: 4_500,
  note: "R-0117",
  recordedAt: "2026-11-20T18:05:00.000Z",
  ...more,
});
const cash = record("cash", {});
const partCash = record("part-cash", { amountPence: 2_500 });
const partWaiver = record("part-waiver", {
  kind: "waiver",
  amountPence: 2_000,
  recordedAt: "2026-11-20T18:06:00.000Z",
});
const undone = (which: MoneyRecord) =>
  record(`undo-${which.recordId}`, { ...which, recordId: `undo-${which.recordId}`, undoes: which.recordId });

/** GoCardless's answer to a cancellation: how the request ended in this history, or that we cancelled it. */
const cancelled = (facts: readonly Fact[], requestId: string): Fact =>
  facts.find(
    ({ type, data }) =>
      (type === "PaymentFulfilled" || type === "PaymentTokenCancelled") && data.requestId === requestId,
  ) ?? cancelledFact(LINK, requestId, "us", now);

const decideStep = (facts: readonly Fact[], step: Step | undefined) => {
  switch (step?.do) {
    case "settle_elsewhere":
      return settleElsewhere(now);
    case "cancel_request":
      return recordFacts([cancelled(facts, step.requestId)], now);
    case "ask_again":
      return reopenLink({ requestId: `BRQAGAIN${step.count}`, replaces: step.replaces, ...step.owed, now });
    default:
      return undefined;
  }
};

/** Applies everything in this order and does what follows at GoCardless. Also returns the events. */
const live = (start: LinkState, inputs: readonly Input[], facts: readonly Fact[]) => {
  let link = start as Link;
  const stored: PaymentEvent[] = [];
  const decide = (decision: (state: LinkState) => PaymentEvent[]): void => {
    for (const event of decision(link)) {
      stored.push(event);
      link = evolve(link, event) as Link;
    }
  };
  for (const input of inputs) {
    decide("recordId" in input ? requestElsewhere(input) : recordFacts([input], now));
    for (let round = 0; round < 12; round++) {
      const decision = decideStep(facts, nextStep({ tapped: false, collecting: true, inSeason: true })(link));
      if (!decision) break;
      decide(decision);
    }
    decide(announceMonths(true, now));
  }
  return { link, stored };
};

const isFact = (event: PaymentEvent): event is Fact => "via" in event.data;
const isAnnouncement = ({ type }: PaymentEvent) => type === "PaymentStatusChanged" || type === "MonthlyStatusChanged";

/** The same link, with the decisions about records known from the start and the facts in another order. */
const retold = (start: LinkState, stored: readonly PaymentEvent[], facts: readonly Fact[]): Link => {
  const decided = stored.filter((event) => !isFact(event) && !isAnnouncement(event)).reduce(evolve, start);
  const learnt = recordFacts(facts, now)(decided).reduce(evolve, decided);
  return announceMonths(true, now)(learnt).reduce(evolve, learnt) as Link;
};

const inAnyOrder = (inputs: readonly Input[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...inputs], { minLength: inputs.length }),
      fc.array(fc.constantFrom(...inputs), { maxLength: 6 }),
      fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
    )
    .map(([all, repeats, places]) =>
      repeats.reduce((order, input, i) => order.toSpliced((places[i] ?? 0) % (order.length + 1), 0, input), all),
    );

const recordings: Readonly<Record<string, readonly MoneyRecord[]>> = {
  cash: [cash],
  "cash, taken back": [cash, undone(cash)],
  "two parts, one of them waived": [partCash, partWaiver],
  "a part, taken back and recorded again in full": [partCash, undone(partCash), cash],
};

const cases = Object.entries(histories).flatMap(([history, reported]) =>
  Object.entries(recordings).map(([recording, records]) => [`${history}; ${recording}`, reported, records] as const),
);

describe.each(cases)("%s", (_name, reported, records) => {
  const facts = factsOf(reported, false);

  test("once it is decided which records count, the order changes nothing, and the announcements are right", () => {
    fc.assert(
      fc.property(inAnyOrder([...facts, ...records]), fc.nat(), (inputs, turn) => {
        const { link, stored } = live(begun, inputs, facts);
        expect(link.elsewhere.map(({ status }) => status)).not.toContain("open");
        expect(lastSaid(link)).toEqual(truth(link));
        expect(live(link, inputs, facts).stored).toEqual([]);
        const known = stored.filter(isFact);
        const turned = [...known.slice(turn % (known.length + 1)), ...known.slice(0, turn % (known.length + 1))];
        expect(meaning(retold(begun, stored, turned.toReversed()))).toEqual(meaning(link));
      }),
      { numRuns: 30 },
    );
  });
});

/** Money for which the order must not matter at all. */
const certain: Readonly<
  Record<string, readonly [facts: readonly Fact[], records: readonly MoneyRecord[], end: object]>
> = {
  "cash for a fee that a tap also pays": [
    factsOf(histories["paid out"] ?? [], false),
    [cash],
    { status: "paid", paidTwicePence: 0, owed: 0, counts: [] },
  ],
  "cash and a waiver for an unpaid fee, a month collected and one missed": [
    factsOf(
      [
        ["MonthlyPaymentCollected", { paymentId: "PM7" }],
        ["MonthlyPaymentDated", { paymentId: "PM8", amountPence: 2_750 }],
        ["MonthlyPaymentFailed", { paymentId: "PM8" }],
      ],
      false,
    ),
    [partCash, partWaiver],
    { status: "paid", paidTwicePence: 0, owed: 2_750, counts: ["part-cash", "part-waiver"] },
  ],
  "cash, taken back": [
    factsOf([["BankAuthorisationFailed", { requestId: LINK }]], false),
    [cash, undone(cash)],
    { status: "pending", paidTwicePence: 0, owed: 4_500, counts: ["cash", "undo-cash"] },
  ],
  "a waiver of everything": [
    [],
    [record("waiver", { kind: "waiver" })],
    { status: "waived", paidTwicePence: 0, owed: 0, counts: ["waiver"] },
  ],
};

test.each(Object.entries(certain))("%s: any order ends as a treasurer would expect", (_name, [facts, records, end]) => {
  fc.assert(
    fc.property(inAnyOrder([...facts, ...records]), (inputs) => {
      const { link } = live(linkAfter(tokenCreated()), inputs, facts);
      const { status, months, owed } = meaning(link);
      const counts = link.elsewhere.filter((one) => one.status === "counts").map(({ recordId }) => recordId);
      const came = {
        status: status.status,
        paidTwicePence: months.paidTwicePence,
        owed: owed.feePence + owed.monthsPence,
      };
      expect({ ...came, counts: counts.toSorted() }).toEqual(end);
      expect(lastSaid(link)).toEqual(truth(link));
    }),
    { numRuns: 300 },
  );
});
