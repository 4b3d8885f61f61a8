import { create } from "@bufbuild/protobuf";
import {
  type AmendRegistrationRequest,
  type AmendRegistrationResponse,
  AmendRegistrationResponseSchema,
  type ReleaseRegistrationRequest,
  type ReleaseRegistrationResponse,
  ReleaseRegistrationResponseSchema,
} from "@touchline/contracts";
import type { By } from "../changes/changer.ts";
import type { Changes } from "../changes/changes.ts";
import { refused } from "./changes.ts";

/** Corrections to what was submitted, as gRPC calls. */
export const createAmendmentCalls = (changes: Changes) => ({
  amend: async (request: AmendRegistrationRequest, by: By): Promise<AmendRegistrationResponse> => {
    const { registrationId } = request;
    const outcome = await changes.amend(registrationId, request, by);
    if (outcome.kind !== "amended" && outcome.kind !== "unchanged") throw refused(outcome);
    return create(AmendRegistrationResponseSchema, { registrationId, changed: outcome.kind === "amended" });
  },

  release: async ({ registrationId }: ReleaseRegistrationRequest, by: By): Promise<ReleaseRegistrationResponse> => {
    const outcome = await changes.release(registrationId, by);
    if (outcome.kind !== "released" && outcome.kind !== "not_held") throw refused(outcome);
    return create(ReleaseRegistrationResponseSchema, { registrationId, changed: outcome.kind === "released" });
  },
});
