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

/** `changed`: this was not the number's wish before. */
export type ApplyWish = (wish: TextsWish, cause: RequestCause) => Promise<"changed" | "known" | "unknown_registration">;

export interface WishOptions {
  readonly facts: Pick<Facts, "registration">;
  readonly suppression: Pick<SuppressionList, "optOut" | "optIn">;
  readonly now: () => Date;
}

/** What a parent says on the link's page or to the club applies to the registration's current number, as STOP and START do. */
export const createWishes =
  ({ facts, suppression, now }: WishOptions): ApplyWish =>
  async ({ registrationId, wanted, via }, { id, traceparent }) => {
    const registration = await facts.registration(registrationId);
    if (!registration) return "unknown_registration";
    if (registration.erased) return "known";
    const cause = { service: SERVICE, id, correlationId: registrationId, traceparent };
    const isNew = wanted
      ? await suppression.optIn(registration.phone, now(), cause)
      : await suppression.optOut(registration.phone, { via }, now(), cause);
    return isNew ? "changed" : "known";
  };
