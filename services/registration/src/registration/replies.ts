import { type Decided, nothing, type OfKind } from "./decide.ts";
import { isKnown, type RegistrationState } from "./state.ts";

/** Marks the replies until then as dealt with. */
export const handleReplies =
  (registrationId: string, upTo: Date, now: Date) =>
  (state: RegistrationState): Decided<OfKind<"replies_handled" | "no_replies" | "not_found">> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    const until = upTo.toISOString();
    if (until <= (state.repliesHandledUpTo ?? "")) return nothing({ kind: "no_replies" });
    const data = { registrationId, upTo: until, handledAt: now.toISOString() };
    return { events: [{ type: "RepliesHandled", data }], result: { kind: "replies_handled" } };
  };

/** Records whether the parent wants texts. The caller has checked that this is a change; there may be many. */
export const recordTextsWish =
  (registrationId: string, wanted: boolean, now: Date) =>
  (state: RegistrationState): Decided<OfKind<"wish_recorded" | "not_found">> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    const data = { registrationId, wanted, recordedAt: now.toISOString() };
    return { events: [{ type: "TextsWishRecorded", data }], result: { kind: "wish_recorded" } };
  };
