import { setTimeout as turn } from "node:timers/promises";
import type { ProjectionStatus } from "@touchline/projections";
import { expect, test } from "vitest";
import type { By } from "../changes/changes.ts";
import type { Queries } from "../read-model/queries.ts";
import { keepErasing } from "./sweep.ts";

const row = (registration_id: string, season: string, more: object = {}) => ({
  registration_id,
  season,
  team: "Tigers",
  payment_status: "paid",
  behind_pence: 0,
  paid_twice_pence: 0,
  money_error: null,
  cancelled: 0,
  ...more,
});
const rows = [row("new", "2728"), row("owes", "2526", { paid_twice_pence: 100 }), row("old", "2526")];

/** What was erased by the first look, and the pauses. `meanwhile`: while the sweep pauses between two families. */
const firstLook = async (
  status: ProjectionStatus,
  families: object[] = rows,
  meanwhile = () => {},
  lostSince?: Date,
) => {
  const stopping = new AbortController();
  const erased: [string, By][] = [];
  const pauses: number[] = [];
  const warned: object[] = [];
  await keepErasing({
    queries: {
      pages: () => [families],
      get: (id: string) => families.find((one) => (one as { registration_id: string }).registration_id === id),
      factsOf: () => ({}),
    } as unknown as Queries,
    books: { ofFamily: () => [] },
    views: [{ status: () => status }],
    changes: {
      erase: async (registrationId, by) => {
        erased.push([registrationId, by]);
        return { kind: "erased" };
      },
    },
    lostSince: async () => lostSince,
    months: 24,
    runtime: {
      now: () => new Date("2028-06-01T12:00:00Z"),
      random: () => 0.5,
      sleep: async (ms) => {
        pauses.push(ms);
        if (ms > 60_000) stopping.abort();
        meanwhile();
        await turn();
      },
    },
    signal: stopping.signal,
    log: { info: () => {}, warn: (fields: object) => void warned.push(fields) } as never,
  });
  return { erased, pauses, warned };
};

test("only families kept for long enough that owe nothing are erased, once a day, by an actor of its own", async () => {
  const { erased, pauses, warned } = await firstLook({ state: "live" });
  expect(erased).toEqual([["old", { actor: { id: "retention", role: "admin" } }]]);
  expect(pauses).toEqual([10_000, 86_400_000]);
  expect(warned).toEqual([{ families: 1 }]);
});

test("money that opens during the sweep keeps its family", async () => {
  const late = row("late", "2526");
  const { erased } = await firstLook({ state: "live" }, [row("old", "2526"), late], () => {
    late.payment_status = "charged_back";
  });
  expect(erased.map(([id]) => id)).toEqual(["old"]);
});

test("nobody is erased while a view is behind, and it looks again within the hour", async () => {
  expect(await firstLook({ state: "catching_up" })).toMatchObject({ erased: [], pauses: [3_600_000] });
});

test("while events may be lost after a restore nobody is erased, and it looks again within the hour", async () => {
  const restored = firstLook({ state: "live" }, rows, undefined, new Date("2028-05-31T12:00:00Z"));
  expect(await restored).toMatchObject({ erased: [], pauses: [3_600_000] });
});
