import { catalogue } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { storedEvent } from "@touchline/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { example, history, ID, LINK, rowsOf, text, views } from "../test/family.ts";

const email = `email-${String(example("EmailRequested").emailId)}`;
const streamOf: Readonly<Record<string, string>> = {
  registration: `registration-${ID}`,
  payment: `payment-${LINK}`,
  sms: text,
  email,
  suppression: "suppression-7f2c",
  digest: "digest-2026-08-01",
  store: "store-recovery",
};

/** GoCardless's events about something that has no link yet have a stream of their own. */
const parked = "payment-EV01K8Q2ZBM7X";

type Placed = readonly [stream: string, type: string];

/** Events that only come together with another one. */
const neighbours: Readonly<Record<string, readonly Placed[]>> = {
  RegistrationErased: [[`payment-${LINK}`, "PaymentLinkErased"]],
  PaymentLinkErased: [[`registration-${ID}`, "RegistrationErased"]],
};

/** The events by stream; in a stream their order is fixed, as the store keeps it. */
const byStream = (events: readonly Placed[]) => Map.groupBy(events, ([stream]) => stream);

const ids = { registrationId: ID, billingRequestId: LINK };
const about = (type: string): object => {
  const data = example(type);
  return { ...data, ...Object.fromEntries(Object.entries(ids).filter(([name]) => name in data)) };
};

/** The next event of each of these streams in turn. */
const played = (events: readonly Placed[], order: readonly string[]): StoredEvent[] => {
  const left = byStream(events);
  return order.map((stream, i) => {
    const [next, ...rest] = left.get(stream) ?? [];
    if (!next) throw new Error("There is no such event.");
    left.set(stream, rest);
    const facts = { created: new Date("2026-08-01T09:30:00Z"), metadata: { service: "test", $correlationId: ID } };
    const place = { ...facts, id: `event-${events.indexOf(next)}`, position: BigInt(i + 1) };
    return storedEvent(stream, next[1], about(next[1]), place);
  });
};

/** The position in the log depends on the order; what happened does not. */
const withoutPlaces = (_name: string, value: unknown): unknown => {
  if (typeof value === "string" && value.startsWith("{")) return JSON.parse(value, withoutPlaces);
  const isPlace =
    typeof value === "bigint" || /^(position|updated_at)$/.test(_name) || (_name === "at" && Number(value) > 0);
  return isPlace ? undefined : value;
};

/** Every row of the view, in an order that does not depend on which was written first. */
const rowsAfter = (view: (typeof views)[number], events: readonly Placed[], order: readonly string[]) =>
  rowsOf(view, played(events, order)).map(([name, rows]) => [
    name,
    new Set(rows.map((row) => JSON.parse(JSON.stringify(row), withoutPlaces))),
  ]);

test("every event that belongs to a family is applied by a view", () => {
  const seen = (category: string) => views.some(({ prefixes }) => prefixes.includes(`${category}-`));
  const unseen = [...catalogue.values()].map(({ category }) => category).filter((category) => !seen(category));
  expect(new Set(unseen)).toEqual(new Set(["digest", "store"]));
});

describe.each(views.map((view) => [view.name, view] as const))("the view %s", (_name, view) => {
  const wanted = [...catalogue.values()].filter(({ category }) => view.prefixes.includes(`${category}-`));

  test.each(wanted.map(({ type, category }) => [type, category] as const))(
    "has the same rows in whatever order the streams are seen that %s is stored among",
    (type, category) => {
      const family: Placed[] = [
        ...history,
        [email, "EmailRequested"],
        [type.startsWith("ProviderEvent") ? parked : (streamOf[category] ?? ""), type],
        ...(neighbours[type] ?? []),
      ];
      const own = family.filter(([stream]) => view.prefixes.some((prefix) => stream.startsWith(prefix)));
      const inOrder = own.map(([stream]) => stream);
      const expected = rowsAfter(view, own, inOrder);
      fc.assert(
        fc.property(fc.shuffledSubarray(inOrder, { minLength: inOrder.length }), (order) => {
          expect(rowsAfter(view, own, order)).toEqual(expected);
        }),
        { numRuns: 25 },
      );
    },
  );
});
