import { collectionsBetween, daysLater, Fault, type PaymentEvent } from "@touchline/contracts";
import { load, transact } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createLogger, createMetrics } from "@touchline/service";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LINK, tokenCreated } from "../../test/token.ts";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { amendLink } from "../payment/amend.ts";
import type { Provider } from "../payment/money-provider.ts";
import type { MadeSubscription, NewSubscription } from "../payment/provider.ts";
import type { Link } from "../payment/state.ts";
import { createFollowUp } from "./follow-up.ts";
import { createSeasons } from "./season.ts";

const PAID = "2026-08-20";
const season = { start: "2026-09-01", end: "2027-05-31" };
const at = (day: string) => `${day}T10:00:00.000Z`;
const reported = { billingRequestId: LINK, via: "webhook", action: "x", occurredAt: at(PAID) } as const;

const paid: readonly PaymentEvent[] = [
  tokenCreated({ createdAt: at(PAID), monthlyFrom: "2026-09-01", monthlyUntil: "2027-05-01" }),
  { type: "PaymentFulfilled", data: { ...reported, requestId: LINK, paymentId: "PM1", mandateId: "MD1" } },
  { type: "MandateActivated", data: { ...reported, mandateId: "MD1" } },
];

interface Collected {
  readonly month: string;
  readonly pence: number;
  readonly begunOn: string;
}

interface World {
  today: string;
  /** Whether GoCardless does what it is asked but its answer is lost. */
  losesAnswer: () => boolean;
}

/** Begins each collection some days before its day, whatever it is asked later. */
const calendarProvider = (world: World, leadDays: number) => {
  const made = new Map<string, NewSubscription & { amountPence: number; cancelled: boolean }>();
  const begun = new Map<string, Collected>();
  const answered = <T>(answer: T): T => {
    if (world.losesAnswer()) throw new Fault("provider_unavailable");
    return answer;
  };
  const provider = {
    readMandate: async () => ({ state: "usable", action: "active", nextPossibleChargeDate: daysLater(world.today, 4) }),
    createSubscription: async (wanted: NewSubscription): Promise<MadeSubscription> => {
      const id = wanted.idempotencyKey;
      const row = made.get(id) ?? { ...wanted, cancelled: false };
      made.set(id, row);
      const { amountPence, dayOfMonth, startDate, payments } = row;
      return answered({ id, amountPence, dayOfMonth, startDate, payments });
    },
    amendSubscription: async (id: string, amountPence: number) => {
      const row = made.get(id);
      if (!row || row.cancelled) return "over";
      row.amountPence = amountPence;
      return answered("amended");
    },
    cancelSubscription: async (id: string) => {
      const row = made.get(id);
      if (row) row.cancelled = true;
      return answered(true);
    },
    runningSubscriptions: async () => [...made].flatMap(([id, { cancelled }]) => (cancelled ? [] : [id])),
  } as unknown as Provider;
  const beginDue = () => {
    for (const [id, { startDate, payments, dayOfMonth, amountPence, cancelled }] of made) {
      if (cancelled) continue;
      const days = collectionsBetween(startDate, daysLater(startDate, 31 * payments), dayOfMonth).slice(0, payments);
      for (const day of days) {
        if (daysLater(day, -leadDays) > world.today || begun.has(`${id} ${day}`)) continue;
        begun.set(`${id} ${day}`, { month: day.slice(0, 7), pence: amountPence, begunOn: world.today });
      }
    }
  };
  return { provider, beginDue, collected: () => [...begun.values()] };
};

const TRIES_A_DAY = 10;

interface Amendment {
  readonly on: string;
  readonly monthlyFeePence: number;
  readonly preferredPaymentDay: number;
}

interface Season {
  readonly leadDays: number;
  readonly amendments: readonly Amendment[];
  readonly isDown?: (day: string) => boolean;
  readonly losesAnswer?: () => boolean;
}

/** Plays a season day by day. Resolves with what GoCardless collected. */
const liveThrough = async ({ leadDays, amendments, isDown = () => false, losesAnswer = () => false }: Season) => {
  const world: World = { today: PAID, losesAnswer };
  const runtime = { now: () => new Date(at(world.today)) };
  const store = memoryEventStore(runtime.now);
  const cause = { service: "payment-link", correlationId: "r-1" };
  await transact(store, paymentAggregate, LINK, () => [...paid], cause);
  const { provider, beginDue, collected } = calendarProvider(world, leadDays);
  const seasons = createSeasons(season, runtime.now);
  const index = { link: () => undefined, remember: () => {} } as never;
  const askAgain = async (link: Link) => link;
  const quiet = { log: createLogger("test", "silent"), metrics: createMetrics("test") };
  const lostSince = async () => undefined;
  const followUp = createFollowUp({ store, index, provider, askAgain, seasons, runtime, lostSince, ...quiet });
  const linkNow = async () => (await load(store, paymentAggregate, LINK)).state as Link;
  let link = await linkNow();
  // An event waits for the service, and is redelivered after a fault.
  let woken = true;
  for (; world.today <= season.end; world.today = daysLater(world.today, 1)) {
    beginDue();
    const agreed = amendments.flatMap(({ on, ...terms }, i) =>
      on === world.today ? [{ ...terms, count: i + 1 }] : [],
    );
    for (const terms of agreed) {
      const decide = amendLink({ ...terms, amendedAt: at(world.today) }, (one) => seasons.monthly(one));
      await transact(store, paymentAggregate, LINK, decide, cause);
    }
    woken ||= agreed.length > 0;
    if (isDown(world.today)) continue;
    if (agreed.length > 0) link = await linkNow();
    if (!woken && !followUp.due(link)) continue;
    // After a fault, it is retried within minutes.
    for (let tries = 0; tries < TRIES_A_DAY; tries++) {
      const outcome = await followUp.bringUpToDate(LINK, cause).catch((error: unknown) => {
        if (!(error instanceof Fault)) throw error;
      });
      woken = outcome !== "done";
      if (!woken) break;
    }
    link = await linkNow();
  }
  return collected();
};

const months = collectionsBetween(season.start, season.end, 1).map((day) => day.slice(0, 7));
const monthsOf = (collected: readonly Collected[]) => collected.map(({ month }) => month).sort();

const day = fc.integer({ min: 0, max: 280 }).map((days) => daysLater(PAID, days));
const paymentDay = fc.constantFrom(-1, ...Array.from({ length: 31 }, (_, i) => i + 1));
const someAmendments = fc
  .array(
    fc.record({ on: day, monthlyFeePence: fc.constantFrom(2_000, 2_750, 3_000), preferredPaymentDay: paymentDay }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((some) => some.sort((a, b) => (a.on < b.on ? -1 : 1)));
const leadDays = fc.integer({ min: 1, max: 6 });

test("whatever is agreed and when, each month is collected once, for the amount agreed when it began", async () => {
  await fc.assert(
    fc.asyncProperty(leadDays, someAmendments, async (lead, agreed) => {
      const collected = await liveThrough({ leadDays: lead, amendments: agreed });
      expect(monthsOf(collected)).toEqual(months);
      for (const { pence, begunOn } of collected) {
        // Terms agreed on a day apply to what begins on the next.
        const before = agreed.findLast(({ on }) => on < begunOn);
        expect(pence).toBe(before?.monthlyFeePence ?? 2_750);
      }
    }),
    { numRuns: 25 },
  );
});

test("the same holds if answers are lost and the service is away for days", async () => {
  const failures = fc.infiniteStream(fc.nat(9));
  await fc.assert(
    fc.asyncProperty(leadDays, someAmendments, failures, fc.nat(6), async (lead, agreed, luck, phase) => {
      const isDown = (today: string) => (Date.parse(today) / 86_400_000 + phase) % 7 < 3;
      const losesAnswer = () => luck.next().value < 3;
      const collected = await liveThrough({ leadDays: lead, amendments: agreed, isDown, losesAnswer });
      expect(monthsOf(collected)).toEqual(months);
    }),
    { numRuns: 25 },
  );
});

test("a month already begun keeps its terms; later ones have the new amount and day", async () => {
  const on = "2026-11-10";
  const amendments = [{ on, monthlyFeePence: 2_000, preferredPaymentDay: 20 }];
  const collected = await liveThrough({ leadDays: 4, amendments });
  expect(collected.filter(({ month }) => month >= "2026-10" && month <= "2026-12")).toEqual([
    { month: "2026-10", pence: 2_750, begunOn: "2026-09-27" },
    { month: "2026-11", pence: 2_750, begunOn: "2026-10-28" },
    { month: "2026-12", pence: 2_000, begunOn: "2026-12-16" },
  ]);
});

test("without a monthly fee nothing is collected until there is one again", async () => {
  const free = { monthlyFeePence: 0, preferredPaymentDay: 1 };
  const collected = await liveThrough({
    leadDays: 4,
    amendments: [
      { on: "2026-11-10", ...free },
      { on: "2027-02-10", ...free, monthlyFeePence: 2_000 },
    ],
  });
  expect(collected.map(({ month, pence }) => `${month} ${pence}`)).toEqual([
    "2026-09 2750",
    "2026-10 2750",
    "2026-11 2750",
    "2027-03 2000",
    "2027-04 2000",
    "2027-05 2000",
  ]);
});
