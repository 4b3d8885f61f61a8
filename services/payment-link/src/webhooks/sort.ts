import { factOf, meaningOf } from "../gocardless/effects.ts";
import type { Fact } from "../payment/decide.ts";
import type { ProviderEvent } from "../payment/provider.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import type { Match } from "./match.ts";
import type { ParkReason } from "./parked.ts";

export type Via = "webhook" | "poll";

export interface Unplaced {
  readonly event: ProviderEvent;
  readonly reason: ParkReason;
}

export interface Sorted {
  readonly byLink: ReadonlyMap<string, readonly Fact[]>;
  readonly unplaced: readonly Unplaced[];
  /** Events that do not concern links. */
  readonly withoutEffect: readonly ProviderEvent[];
}

/** Sorts a batch of events: facts by link, and what cannot be placed. @throws Fault if the event store is down */
export const sortEvents = async (
  events: readonly ProviderEvent[],
  via: Via,
  { index, match }: { readonly index: LinkIndex; readonly match: Match },
): Promise<Sorted> => {
  const byLink = new Map<string, Fact[]>();
  const unplaced: Unplaced[] = [];
  const withoutEffect: ProviderEvent[] = [];
  for (const event of events) {
    const meaning = meaningOf(event);
    if (meaning === "none") withoutEffect.push(event);
    if (meaning === "unknown") unplaced.push({ event, reason: "unknown_type" });
    if (meaning !== "effect") continue;
    const target = await match(event);
    if (!target) unplaced.push({ event, reason: "unmatched" });
    const fact = target && factOf(event, target, via);
    if (!fact) continue;
    // Later events of the batch may be about something that this one names.
    index.remember(target.linkId, [fact]);
    byLink.set(target.linkId, [...(byLink.get(target.linkId) ?? []), fact]);
  }
  return { byLink, unplaced, withoutEffect };
};
