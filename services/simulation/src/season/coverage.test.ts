import type { StoredEvent } from "@touchline/event-store";
import { expect, test } from "vitest";
import { createCoverage } from "./coverage.ts";

const stored = (stream: string, type: string, data: object): StoredEvent => ({ stream, type, data }) as StoredEvent;

const log = (events: readonly StoredEvent[]) => ({
  readAll: async function* ({ prefixes = [] }: { readonly prefixes?: readonly string[] } = {}) {
    yield* events.filter(({ stream }) => prefixes.some((prefix) => stream.startsWith(prefix)));
  },
});

test("each event is counted in the status that it met, stream by stream, over several runs", async () => {
  const coverage = createCoverage();
  const run = log([
    stored("registration-a", "RegistrationErased", {}),
    stored("registration-b", "RegistrationErased", {}),
    stored("registration-a", "RegistrationErased", {}),
  ]);
  await coverage.count(run);
  await coverage.count(run);
  const [summary, ...lines] = coverage.lines();
  expect(summary).toMatch(/^2 transitions met/);
  expect(lines.slice(0, 2)).toEqual([
    "       2  registration  erased           RegistrationErased",
    "       4  registration  none             RegistrationErased",
  ]);
  expect(lines.at(-1)).toMatch(/^never met: .*RegistrationCompleted.*SmsRequested/);
  expect(lines.at(-1)).not.toContain("RegistrationErased");
});
