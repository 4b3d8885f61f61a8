import { Fault } from "@touchline/contracts";
import { createLogger } from "@touchline/service";
import { expect, test } from "vitest";
import type { ReceivedText } from "../dispatch/sms-gateway.ts";
import { keepReadingMissed } from "./missed.ts";

const START_MS = Date.parse("2026-09-07T09:00:00.000Z");
const text = (id: string, atMs: number, body = "Hello?"): ReceivedText => ({
  id,
  from: "+447700900123",
  body,
  media: false,
  receivedAt: new Date(START_MS + atMs),
});

/** Looks every five minutes. `answers`: what the provider's list has at each look. */
const read = async (answers: readonly (readonly ReceivedText[] | Fault)[]) => {
  let ms = START_MS;
  const ending = new AbortController();
  const since: number[] = [];
  const handled: string[] = [];
  await keepReadingMissed({
    gateway: {
      received: async (from) => {
        const answer = answers[since.push(from.getTime() - START_MS) - 1] ?? [];
        if (answer instanceof Fault) throw answer;
        return answer.filter(({ receivedAt }) => receivedAt >= from);
      },
    },
    inbound: {
      late: async ({ id }) => {
        handled.push(String(id));
        if (id === "odd") throw new TypeError("a text that fits nothing");
        return "reply";
      },
    },
    log: createLogger("test", "silent"),
    signal: ending.signal,
    runtime: {
      now: () => new Date(ms),
      random: () => 0.5,
      sleep: async (wait) => {
        ms += wait;
        if (since.length >= answers.length) ending.abort();
      },
    },
    everyMs: 300_000,
  });
  return { since, handled };
};

test("each look begins before the end of the one before, and the first one a week back", async () => {
  const { since } = await read([[], new Fault("provider_unavailable"), [], []]);
  const ended = -20_000 - 600_000;
  expect(since).toEqual([-7 * 86_400_000, ended, ended, ended + 315_000]);
});

test("a text that may still be on its way is left to the next look", async () => {
  const texts = [text("SM1", -30_000), text("SM2", -10_000)];
  expect((await read([texts])).handled).toEqual(["SM1"]);
  expect((await read([texts, texts])).handled).toEqual(["SM1", "SM1", "SM2"]);
});

test("a STOP does not count if a START followed it, which may have reached us before", async () => {
  const texts = [
    text("SM1", -90_000, "STOP"),
    text("SM2", -60_000),
    text("SM3", -50_000, "start"),
    text("SM4", -40_000),
  ];
  expect((await read([texts])).handled).toEqual(["SM2", "SM3", "SM4"]);
});

test("a text that cannot be handled does not hold up the others", async () => {
  expect((await read([[text("odd", -90_000), text("SM2", -60_000)]])).handled).toEqual(["odd", "SM2"]);
});
