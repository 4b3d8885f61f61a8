import { Fault } from "@touchline/contracts";
import { createLogger, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import type { Link } from "../payment/state.ts";
import { keepSweeping } from "./sweep.ts";

const log = createLogger("test", "silent");
const linkOf = (id: string) => ({ id, registrationId: id }) as Link;

/** Looks at these links once. Returns which it brought up to date, or tried to. */
const sweepOnce = async (ids: readonly string[], fault: (id: string) => Error | undefined) => {
  const looked: string[] = [];
  const awaiting: number[] = [];
  const ending = new AbortController();
  const sweeping = keepSweeping({
    links: function* () {
      yield ids.map(linkOf);
      ending.abort();
    },
    followUp: {
      awaitsSeason: ({ id }) => id === "early",
      due: ({ id }) => id !== "settled",
      bringUpToDate: async (id) => {
        looked.push(id);
        const error = fault(id);
        if (error) throw error;
        return "done";
      },
    },
    onAwaitingSeason: (families) => awaiting.push(families),
    log,
    signal: ending.signal,
    runtime: systemRuntime(),
    everyMs: 60_000,
  });
  if (ids.every((id) => fault(id) instanceof Fault)) setTimeout(() => ending.abort(), 50);
  await sweeping;
  return { looked, awaiting };
};

test("a failing link does not hold up the others, whatever is wrong with it", async () => {
  const ill = (id: string) =>
    id === "odd"
      ? new TypeError("an event that fits nothing")
      : id === "away"
        ? new Fault("provider_unavailable")
        : undefined;
  expect(await sweepOnce(["odd", "settled", "away", "well"], ill)).toMatchObject({ looked: ["odd", "away", "well"] });
});

test("while GoCardless is away, the rest waits", async () => {
  const away = () => new Fault("provider_unavailable");
  expect(await sweepOnce(["a", "b", "c", "d"], away)).toEqual({ looked: ["a", "b", "c"], awaiting: [] });
});

test("families whose season is not configured are counted", async () => {
  expect((await sweepOnce(["settled", "early"], () => undefined)).awaiting).toEqual([1]);
});

test("if links cannot be read now, they are read later", async () => {
  const ending = new AbortController();
  let looks = 0;
  await keepSweeping({
    links: () => {
      if (++looks === 2) ending.abort();
      throw new Fault("view_unavailable");
    },
    followUp: { due: () => true, awaitsSeason: () => false, bringUpToDate: async () => "done" },
    onAwaitingSeason: () => {},
    log,
    signal: ending.signal,
    runtime: { ...systemRuntime(), sleep: async () => {} },
    everyMs: 60_000,
  });
  expect(looks).toBe(2);
});
