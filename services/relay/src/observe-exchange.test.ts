import { createHealth, createMetrics } from "@touchline/service";
import { expect, test } from "vitest";
import { EXCHANGED, observeExchange } from "./observe-exchange.ts";

test("an exchanged store is logged once and makes the relay unready, with the commands that fix it, until it is fixed", async () => {
  const [health, metrics] = [createHealth(), createMetrics("relay")];
  const [errors, infos]: [string[], string[]] = [[], []];
  const log = { error: (line: string) => void errors.push(line), info: (line: string) => void infos.push(line) };
  const onChecked = observeExchange({ health, metrics, log });
  const shown = async () => {
    const { ready, checks } = await health.report();
    const value = /touchline_relay_exchanged\{[^}]*\} (\d)/.exec(await metrics.registry.metrics())?.[1];
    return [ready, checks.event_store_is_the_same?.reason, value];
  };
  onChecked(false);
  expect(await shown()).toEqual([true, undefined, "0"]);
  onChecked(true);
  onChecked(true);
  expect(await shown()).toEqual([false, EXCHANGED, "1"]);
  expect(EXCHANGED).toMatch(/ops -- recover.*ops -- republish/s);
  onChecked(false);
  expect(await shown()).toEqual([true, undefined, "0"]);
  expect([errors, infos.length]).toEqual([[EXCHANGED], 1]);
});
