import type { StoredEvent } from "@touchline/event-store";
import type { Facts } from "../dispatch/facts.ts";
import { SERVICE } from "../dispatch/texts.ts";
import type { SuppressionList } from "../suppression/list.ts";
import type { RequestCause } from "./request.ts";

export interface TextsWish {
  readonly registrationId: string;
  readonly wanted: boolean;
  /** Where the parent said it. */
  readonly via: "link" | "club";
}

/** The stored event that holds the wish. */
export type WishEvent = RequestCause & Pick<StoredEvent, "position" | "created">;

/** `changed`: this was not the number's wish before. */
export type ApplyWish = (wish: TextsWish, event: WishEvent) => Promise<"changed" | "known" | "unknown_registration">;

export interface WishOptions {
  readonly facts: Pick<Facts, "registration">;
  readonly suppression: Pick<SuppressionList, "optOut" | "optIn">;
}

/**
 * What a parent says on the link's page or to the club applies to the number that the registration had at that moment, as STOP and
 * START do. It comes again at each start of the service, so an old wish must not reach a number that was corrected since.
 */
export const createWishes =
  ({ facts, suppression }: WishOptions): ApplyWish =>
  async ({ registrationId, wanted, via }, { id, traceparent, position, created }) => {
    const [now, then] = await Promise.all([
      facts.registration(registrationId),
      facts.registration(registrationId, position),
    ]);
    if (!now || !then) return "unknown_registration";
    if (now.erased) return "known";
    const cause = { service: SERVICE, id, correlationId: registrationId, traceparent };
    const said = { at: created, asOf: created };
    const isNew = wanted
      ? await suppression.optIn(then.phone, said, cause)
      : await suppression.optOut(then.phone, { via }, said, cause);
    return isNew ? "changed" : "known";
  };
