import { memoryEventStore } from "@touchline/event-store/memory";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import { suppressionList } from "./list.ts";

const PHONE = "+447700900123";
const NOW = new Date("2026-03-02T12:00:00.000Z");

test("an old START or report that comes again after the owner changed their mind changes nothing", async () => {
  const now = () => NOW;
  const runtime = { ...systemRuntime(), now };
  const list = suppressionList({ store: memoryEventStore(now), service: "notification", runtime });
  const cause = (id: string) => ({ service: "notification", id });
  const stop = (id: string) => list.optOut(PHONE, { via: "inbound" }, NOW, cause(id));
  const refused = (id: string) => list.optOut(PHONE, { via: "provider", code: "21610" }, NOW, cause(id));
  const start = (id: string) => list.optIn(PHONE, NOW, cause(id));

  expect(await refused("SM1")).toBe(true);
  expect(await start("SM2")).toBe(true);
  expect(await refused("SM1")).toBe(false);
  expect(await list.isOptedOut(PHONE)).toBe(false);
  expect(await stop("SM3")).toBe(true);
  expect(await start("SM2")).toBe(false);
  expect(await list.isOptedOut(PHONE)).toBe(true);
  expect(await start("SM4")).toBe(true);
  expect(await stop("SM3")).toBe(true);
});

test("a report about a message from before a START does not stop texts again", async () => {
  let ms = NOW.getTime();
  const now = () => new Date(ms);
  const runtime = { ...systemRuntime(), now };
  const list = suppressionList({ store: memoryEventStore(now), service: "notification", runtime });
  const cause = (id: string) => ({ service: "notification", id });
  const refused = (id: string, asOf: Date) =>
    list.optOut(PHONE, { via: "provider", code: "21610" }, { at: now(), asOf }, cause(id));

  const taken = now();
  await list.optOut(PHONE, { via: "inbound" }, now(), cause("SM1"));
  expect(await refused("SM2", taken)).toBe(false);
  ms += 300_000;
  await list.optIn(PHONE, now(), cause("SM3"));
  ms += 1_500_000;
  expect(await refused("SM2", taken)).toBe(false);
  expect(await list.isOptedOut(PHONE)).toBe(false);
  expect(await refused("SM4", now())).toBe(true);
});

test("a START counts although it reaches an instance whose clock is behind", async () => {
  const store = memoryEventStore(() => NOW);
  const list = suppressionList({ store, service: "notification", runtime: { ...systemRuntime(), now: () => NOW } });
  await list.optOut(PHONE, { via: "inbound" }, NOW, { service: "notification", id: "SM1" });
  const behind = new Date(NOW.getTime() - 20_000);
  expect(await list.optIn(PHONE, behind, { service: "notification", id: "SM2" })).toBe(true);
});

test("events of a later version do not change the list", async () => {
  const store = memoryEventStore(() => NOW);
  const list = suppressionList({ store, service: "notification", runtime: { ...systemRuntime(), now: () => NOW } });
  await list.optOut(PHONE, { via: "inbound" }, NOW, { service: "notification", id: "SM1" });
  const streams = new Set<string>();
  for await (const { stream } of store.readAll()) streams.add(stream);
  for (const stream of streams) {
    const last = (await store.read(stream)).at(-1)?.revision ?? 0n;
    const later = { id: crypto.randomUUID(), type: "PhonePraised", data: { phone: PHONE, key: "" } };
    await store.append(stream, [{ ...later, metadata: { service: "later" } }], last);
  }
  expect(await list.isOptedOut(PHONE)).toBe(true);
  const other = suppressionList({ store, service: "notification", runtime: { ...systemRuntime(), now: () => NOW } });
  expect(await other.isOptedOut(PHONE)).toBe(true);
});
