import type { RegistrationEvent } from "@touchline/contracts";
import { decides } from "@touchline/testing";
import { expect, test } from "vitest";
import { cancel, complete } from "./decide.ts";
import { release } from "./release.ts";
import { registrationAggregate } from "./state.ts";
import type { Content } from "./validate.ts";

const now = new Date("2026-09-01T10:00:00.000Z");
const fees = { signingFeePence: 4500, monthlyFeePence: 2750 };
const content: Content = {
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: "+447700900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: -1,
};
const takenAs = (possibleDuplicateOf?: string) =>
  complete("r2", content, fees, now, possibleDuplicateOf)(registrationAggregate.initial);
const after = (before: readonly RegistrationEvent[]) =>
  decides(registrationAggregate, before, release("r2", now), []).result;

test("a held registration is released once", () => {
  const released: RegistrationEvent = {
    type: "RegistrationReleased",
    data: { registrationId: "r2", releasedAt: now.toISOString() },
  };
  const held = takenAs("r1");
  expect(held[0]?.data).toMatchObject({ possibleDuplicateOf: "r1" });
  const { result, state } = decides(registrationAggregate, held, release("r2", now), [released]);
  expect(result).toEqual({ kind: "released" });
  expect(release("r2", now)(state).result).toEqual({ kind: "not_held" });
});

test("a registration that is not held, cancelled or unknown is not released", () => {
  expect(after(takenAs())).toEqual({ kind: "not_held" });
  const held = takenAs("r1");
  const { events } = cancel("r2", "", now)(held.reduce(registrationAggregate.evolve, registrationAggregate.initial));
  expect(after([...held, ...events])).toEqual({ kind: "registration_cancelled" });
  expect(after([])).toEqual({ kind: "not_found" });
});
