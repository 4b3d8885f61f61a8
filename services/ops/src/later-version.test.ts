import { catalogue } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { statesOf } from "@touchline/registration";
import { storedEvent } from "@touchline/testing";
import { describeEvent, findRegistrations, readTimeline } from "@touchline/timeline";
import { expect, test } from "vitest";
import { example, history, ID, LINK, rowsOf, views } from "../test/family.ts";

const LATER = "PitchWatered";

/** An event type of a later version. It has every field of its category's events, to catch code that looks only at fields. */
const later = (stream: string): object =>
  Object.assign(
    {},
    ...[...catalogue.values()]
      .filter(({ category }) => stream.startsWith(`${category}-`))
      .map(({ type }) => example(type)),
  );

/** After each event comes one of a later version, in the same stream. */
const mixed = history.flatMap(([stream, type], i): StoredEvent[] => {
  const facts = { created: new Date("2026-08-01T09:30:00Z"), metadata: { service: "test", $correlationId: ID } };
  const at = (position: number) => ({ ...facts, id: `event-${position}`, position: BigInt(position) });
  return [
    storedEvent(stream, type, example(type), at(10 * i)),
    storedEvent(stream, LATER, later(stream), at(10 * i + 5)),
  ];
});
const known = mixed.filter(({ type }) => (type as string) !== LATER);

test.each(views.map((projection) => [projection.name, projection] as const))(
  "the view %s has the rows that it has without events of a later version",
  (_name, projection) => {
    const rows = rowsOf(projection, known);
    expect(rows.some(([, found]) => found.length > 0)).toBe(true);
    expect(rowsOf(projection, mixed)).toEqual(rows);
  },
);

test("watchers of a registration see the same", () => {
  expect(statesOf(known).length).toBeGreaterThan(1);
  expect(statesOf(mixed)).toEqual(statesOf(known));
});

test("a family is found, and its timeline has the other events in their order", async () => {
  const store = memoryEventStore();
  for (const { stream, id, type, data, metadata } of mixed) {
    const last = (await store.read(stream)).at(-1)?.revision;
    await store.append(stream, [{ id, type, data, metadata: { service: "test", ...metadata } }], last ?? "no_stream");
  }
  expect(await findRegistrations(store, { kind: "billing_request", billingRequestId: LINK })).toEqual([ID]);
  expect(await findRegistrations(store, { kind: "phone", phone: "+447700900123" })).toEqual([ID]);
  const timeline = await readTimeline(store, ID, { thorough: true });
  expect(timeline.map(({ id }) => id)).toEqual(mixed.map(({ id }) => id).slice(2));
  const shown = timeline.map((event) => describeEvent(event));
  expect(shown.filter(({ type }) => type === LATER).map(({ text: words }) => words)).toEqual(Array(12).fill(LATER));
});
