import type { Aggregate, Decision, DomainEvent } from "@touchline/event-store";
import { expect } from "vitest";

/**
 * Given events, when a decision is made, then exactly these events follow. Once they are stored, the same decision decides nothing.
 * Returns the decision's result and the state after it.
 */
export const decides = <S, E extends DomainEvent, R>(
  { initial, evolve }: Pick<Aggregate<S, E>, "initial" | "evolve">,
  given: readonly E[],
  when: Decision<S, E, R>,
  then: readonly E[],
): { readonly state: S; readonly result: R | undefined } => {
  const before = given.reduce(evolve, initial);
  const { events, result } = decided(when(before));
  expect(events).toEqual(then);
  const state = events.reduce(evolve, before);
  expect(decided(when(state)).events).toEqual([]);
  return { state, result };
};

const decided = <E, R>(outcome: ReturnType<Decision<unknown, E & DomainEvent, R>>) =>
  "events" in outcome ? outcome : { events: outcome, result: undefined };
