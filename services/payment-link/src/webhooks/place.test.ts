import { Fault } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { describe, expect, test } from "vitest";
import type { PaymentReport, ProviderEvent } from "../payment/provider.ts";
import type { Target } from "../payment/resources.ts";
import type { Parked } from "../projections/link-index.ts";
import { parkEvent } from "./parked.ts";
import { createPlacer } from "./place.ts";

const start = Date.parse("2026-11-22T10:00:00Z");

const confirmed = (payment: string): ProviderEvent => ({
  id: `EV${payment}`,
  resourceType: "payments",
  action: "confirmed",
  links: { payment },
  occurredAt: new Date(start).toISOString(),
});

/** Parked events, a GoCardless that answers `report` for every payment, and our own index. */
const parking = async (events: ProviderEvent[], report: () => PaymentReport | undefined) => {
  const store = memoryEventStore();
  for (const event of events) await parkEvent(store, event, "unmatched", new Date(start));
  const known = new Map<string, Target>();
  const asked: string[] = [];
  const placed: string[] = [];
  let at = start;
  const index = {
    parked: (limit: number, _since: Date, before?: Parked) => {
      const newestFirst = events.map((event) => ({ event, parkedAt: event.occurredAt })).toReversed();
      const from = before ? newestFirst.findIndex(({ event }) => event.id === before.event.id) + 1 : 0;
      return newestFirst.slice(from, from + limit);
    },
    resource: (id: string) => known.get(id),
    linkOfRegistration: () => undefined,
  };
  const readPayment = async (id: string) => {
    asked.push(id);
    return report();
  };
  const facts = async (linkId: string) => placed.push(linkId);
  const place = createPlacer({
    store,
    index,
    match: async () => undefined,
    ingest: { facts },
    provider: { readPayment, readMandate: async () => undefined, readRefund: async () => undefined },
    runtime: { now: () => new Date(at) },
  });
  const tryFor = async (minutes: number) => {
    for (let i = 0; i < minutes; i++) {
      at += 60_000;
      await place();
    }
  };
  return { place, tryFor, known, asked, placed };
};

test("GoCardless is asked once about something that is not ours, however long it stays parked", async () => {
  const { tryFor, asked, placed } = await parking([confirmed("PMFOREIGN")], () => ({ mandateId: "MDFOREIGN" }));
  await tryFor(600);
  expect([asked, placed]).toEqual([["PMFOREIGN"], []]);
});

test("it is asked again about something that it does not know yet", async () => {
  const { tryFor, asked } = await parking([confirmed("PM1")], () => undefined);
  await tryFor(60);
  expect(asked.length).toBeGreaterThan(3);
});

test("about something that it never knows it is asked a few times, however many events wait and however long", async () => {
  const events = [confirmed("PM1"), { ...confirmed("PM1"), id: "EVOTHER" }, confirmed("PM2")];
  const { tryFor, asked } = await parking(events, () => undefined);
  await tryFor(30 * 24 * 60);
  const about = (id: string) => asked.filter((one) => one === id).length;
  expect([about("PM1"), about("PM2")]).toEqual([8, 8]);
});

test("its answer places the event as soon as our index knows the rest", async () => {
  const { tryFor, known, asked, placed } = await parking([confirmed("PM1")], () => ({ subscriptionId: "SB1" }));
  await tryFor(30);
  known.set("SB1", { linkId: "BRQ0001ABC", kind: "subscription" });
  await tryFor(1);
  expect([asked, placed]).toEqual([["PM1"], ["BRQ0001ABC"]]);
});

test("while GoCardless is away, events that our index knows are placed, and the rest later", async () => {
  let away = true;
  const { place, tryFor, known, asked, placed } = await parking([confirmed("PMX"), confirmed("PM2")], () => {
    if (away) throw new Fault("provider_unavailable", {});
    return {};
  });
  known.set("PM2", { linkId: "BRQ0002ABC", kind: "fee" });
  await expect(place()).rejects.toThrow(Fault);
  expect([asked, placed]).toEqual([["PMX"], ["BRQ0002ABC"]]);
  away = false;
  await tryFor(2);
  expect(asked).toEqual(["PMX", "PMX"]);
});

describe("among thousands of events that are not ours", () => {
  const FOREIGN = 6_000;
  const foreign = Array.from({ length: FOREIGN }, (_, n) => confirmed(`PMFOREIGN${n}`));

  test.each([
    ["newest", 1, [...foreign, confirmed("PMOURS")]],
    ["oldest", 3, [confirmed("PMOURS"), ...foreign]],
    ["middle", 3, [...foreign.slice(0, 500), confirmed("PMOURS"), ...foreign.slice(500)]],
  ] as const)("the %s is placed after %i calls at most", async (_, calls, events) => {
    const { tryFor, known, placed } = await parking([...events], () => ({ mandateId: "MDFOREIGN" }));
    known.set("PMOURS", { linkId: "BRQ0001ABC", kind: "fee" });
    await tryFor(calls);
    expect(placed).toContain("BRQ0001ABC");
  });

  test("each is asked about once, a few at a time", async () => {
    const { place, tryFor, asked } = await parking(foreign, () => ({ mandateId: "MDFOREIGN" }));
    await place();
    expect(asked.length).toBeLessThanOrEqual(200);
    await tryFor(60);
    expect([asked.length, new Set(asked).size]).toEqual([FOREIGN, FOREIGN]);
  });
});
