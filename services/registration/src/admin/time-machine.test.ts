import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { completedData } from "../../test/completed.ts";
import { timeMachine } from "./time-machine.ts";

const now = new Date("2026-07-02T12:00:00Z");
const registered = storedEvent(
  "registration-r1",
  "RegistrationCompleted",
  completedData({ acceptedAt: "2026-07-01T16:30:20.000Z" }),
  // 17:30:20 by London's clocks.
  { position: 7n, created: new Date("2026-07-01T16:30:20.400Z") },
);
const page = (at: unknown) => String(timeMachine([registered], at, now));

test("the chosen minute counts as a whole, in London time, and leads to the event", () => {
  expect(page("2026-07-01T17:29")).toContain("Nothing was known");
  expect(page("2026-07-01T17:30")).toContain('href="#e-7"');
  expect(page("2026-07-01T17:30:19")).toContain("Nothing was known");
  expect(page("2026-07-01T17:30:20")).toMatch(/payment status.*pending/);
});

test("an invalid or future time is refused; without a time there is only the form", () => {
  for (const at of ["2026-07-03T10:00", "yesterday", "2026-13-45T10:00"])
    expect(page(at)).toContain("a day and time in the past");
  for (const at of [undefined, "", ["2026-07-01T17:30"]]) expect(page(at)).not.toMatch(/ open|Nothing was known/);
});
