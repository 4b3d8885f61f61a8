import { randomUUID } from "node:crypto";
import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import log from "./fixtures/log-before-announcements.json" with { type: "json" };
import { type Stack, startStack } from "./stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const streamOf = ([first]: readonly { data: object }[]) =>
  first && "smsId" in first.data ? `sms-${String(first.data.smsId)}` : "";

test("on a log of the previous version, the service announces each text once, except erased ones", async () => {
  const wanted = Object.entries(log).filter(([name]) => name !== "erased");
  for (const events of Object.values(log)) {
    const old = events.map(({ type, data }) => ({ id: randomUUID(), type, data, metadata: { service: "test" } }));
    await stack.store.append(streamOf(events), old, "no_stream");
  }
  const announced = async (stream: string) =>
    (await stack.store.read(stream)).flatMap((e) => (e.type === "TextStatusChanged" ? [e.data.status] : []));
  for (let start = 1; start <= 2; start++) {
    const service = await stack.start();
    for (const [, events] of wanted) await eventually(async () => (await announced(streamOf(events))).length > 0);
    await service.stop();
  }
  const all = await Promise.all(wanted.map(([, events]) => announced(streamOf(events))));
  expect(all).toEqual([["delivered"], ["undelivered"], ["failed"], ["withdrawn"], ["failed"]]);
  expect(await announced(streamOf(log.erased))).toEqual([]);
});
