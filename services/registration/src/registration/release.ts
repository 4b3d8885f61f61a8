import { type Decided, nothing, type OfKind } from "./decide.ts";
import { isKnown, type RegistrationState } from "./state.ts";

/** `not_held`: it was released already, or never held. */
export type ReleaseResult = OfKind<"released" | "not_held" | "not_found" | "registration_cancelled">;

/** Releases a registration that somebody has found not to be a duplicate: it gets its link and its text. */
export const release =
  (registrationId: string, now: Date) =>
  (state: RegistrationState): Decided<ReleaseResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    if (state.status === "cancelled") return nothing({ kind: "registration_cancelled" });
    if (!state.held) return nothing({ kind: "not_held" });
    const data = { registrationId, releasedAt: now.toISOString() };
    return { events: [{ type: "RegistrationReleased", data }], result: { kind: "released" } };
  };
