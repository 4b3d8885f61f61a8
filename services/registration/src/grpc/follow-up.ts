import { create } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import {
  type MarkRepliesHandledRequest,
  type MarkRepliesHandledResponse,
  MarkRepliesHandledResponseSchema,
  type RecordTextsWishRequest,
  type RecordTextsWishResponse,
  RecordTextsWishResponseSchema,
  type RemindTeamRequest,
  type RemindTeamResponse,
  RemindTeamResponseSchema,
  type SnoozeRegistrationRequest,
  type SnoozeRegistrationResponse,
  SnoozeRegistrationResponseSchema,
} from "@touchline/contracts";
import type { By } from "../changes/changer.ts";
import type { Changes } from "../changes/changes.ts";
import { refusalWords } from "../changes/outcome.ts";
import { refused } from "./changes.ts";
import { fieldsRefused, notAllowed } from "./status.ts";

/** What the club does during a season, as gRPC calls: about families that have not paid, and about what parents text. */
export const createFollowUpCalls = (changes: Changes) => ({
  snooze: async ({ registrationId, until }: SnoozeRegistrationRequest, by: By): Promise<SnoozeRegistrationResponse> => {
    const outcome = await changes.snooze(registrationId, until, by);
    switch (outcome.kind) {
      case "snoozed":
      case "snooze_ended":
        return create(SnoozeRegistrationResponseSchema, { registrationId, changed: true });
      case "snoozed_before":
      case "not_snoozed":
        return create(SnoozeRegistrationResponseSchema, { registrationId, changed: false });
      default:
        throw refused(outcome);
    }
  },

  remindTeam: async ({ team, season, dryRun }: RemindTeamRequest, by: By): Promise<RemindTeamResponse> => {
    const missing = Object.entries({ team, season }).filter(([, value]) => value === "");
    if (missing.length > 0) {
      const violations = missing.map(([field]) => ({ field, code: "required" as const, message: "Required." }));
      throw fieldsRefused(status.INVALID_ARGUMENT, "Say which team, and of which season.", violations);
    }
    const outcome = await changes.remindTeam({ team, season, dryRun }, by);
    if (outcome.kind === "not_allowed") throw notAllowed(refusalWords(outcome));
    const notReminded = [...outcome.skipped].map(([reason, families]) => ({ reason, families }));
    return create(RemindTeamResponseSchema, { reminded: outcome.reminded, notReminded });
  },

  markRepliesHandled: async (
    { registrationId, upTo }: MarkRepliesHandledRequest,
    by: By,
  ): Promise<MarkRepliesHandledResponse> => {
    const outcome = await changes.markRepliesHandled(registrationId, upTo && timestampDate(upTo), by);
    if (outcome.kind !== "replies_handled" && outcome.kind !== "no_replies") throw refused(outcome);
    const changed = outcome.kind === "replies_handled";
    return create(MarkRepliesHandledResponseSchema, { registrationId, changed });
  },

  recordTextsWish: async (
    { registrationId, wanted }: RecordTextsWishRequest,
    by: By,
  ): Promise<RecordTextsWishResponse> => {
    const outcome = await changes.recordTextsWish(registrationId, wanted, by);
    if (outcome.kind !== "wish_recorded" && outcome.kind !== "wish_known") throw refused(outcome);
    return create(RecordTextsWishResponseSchema, { registrationId, changed: outcome.kind === "wish_recorded" });
  },
});
