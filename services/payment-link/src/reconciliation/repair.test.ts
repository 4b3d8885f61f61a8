import { expect, test } from "vitest";
import { linkAfter } from "../../test/fold.ts";
import { tokenCreated } from "../../test/token.ts";
import { createRepair } from "./repair.ts";

test("a stop between two pages of events records none of them: the newest alone would hide the older", async () => {
  const stop = new AbortController();
  const recorded: unknown[] = [];
  const repair = createRepair({
    provider: {
      eventsAbout: async function* () {
        yield [{ id: "EV2" }];
        stop.abort();
      },
    },
    ingest: { batch: async (events: unknown[]) => recorded.push(...events), facts: async () => 0 },
    signal: stop.signal,
    now: () => new Date("2026-11-10T10:00:00.000Z"),
    readAt: new Date("2026-11-10T10:00:00.000Z"),
  });
  await expect(repair(linkAfter(tokenCreated()), [], {} as never)).rejects.toThrow("aborted");
  expect(recorded).toEqual([]);
});
