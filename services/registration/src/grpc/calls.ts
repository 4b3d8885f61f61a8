import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import {
  type CompleteRegistrationRequest,
  type CompleteRegistrationResponse,
  CompleteRegistrationResponseSchema,
  type GetRegistrationRequest,
  type ListNotesRequest,
  type ListNotesResponse,
  ListNotesResponseSchema,
  type ListRegistrationsRequest,
  type ListRegistrationsResponse,
  ListRegistrationsResponseSchema,
  type ListTodayRequest,
  type ListTodayResponse,
  type Registration,
} from "@touchline/contracts";
import type { By } from "../changes/changes.ts";
import { describe, type IntakeResult } from "../intake/messages.ts";
import type { TakeIn } from "../intake/take-in.ts";
import { may, sees } from "../people/roles.ts";
import { type Find, findSeen } from "../read-model/find.ts";
import type { OwnWrites } from "../read-model/own-writes.ts";
import type { Queries } from "../read-model/queries.ts";
import { toProto } from "../read-model/to-proto.ts";
import type { Today } from "../read-model/today.ts";
import { outOfRange, readListRequest, refused } from "./list.ts";
import { fieldsRefused, notAllowed, notFound } from "./status.ts";
import { TODAY_LIMIT, toTodayProto } from "./today.ts";

export interface CallDependencies {
  readonly takeIn: TakeIn;
  readonly find: Find;
  readonly queries: Queries;
  readonly ownWrites: OwnWrites;
  readonly today: Today;
  readonly onIntake: (result: IntakeResult) => void;
}

const refusalCodes = {
  invalid: status.INVALID_ARGUMENT,
  conflict: status.ALREADY_EXISTS,
  erased: status.FAILED_PRECONDITION,
} as const;

/** Intake and reads; each resolves with the answer or rejects with `CallError` or `Fault`. */
export const createCalls = ({ takeIn, find, queries, ownWrites, today, onIntake }: CallDependencies) => ({
  complete: async (
    request: CompleteRegistrationRequest,
    { actor, traceparent }: By,
  ): Promise<CompleteRegistrationResponse> => {
    if (!may(actor, "hand_in") || !sees(actor, request.team))
      throw notAllowed("Only the chat gateway submits registrations.");
    const outcome = await takeIn(request, { actor: actor.id, traceparent });
    if (outcome.kind !== "accepted") {
      onIntake(outcome.kind);
      throw fieldsRefused(refusalCodes[outcome.kind], describe(outcome, request.registrationId), outcome.violations);
    }
    onIntake(outcome.duplicate ? "duplicate" : "accepted");
    ownWrites.note(outcome.registrationId, outcome.position);
    return create(CompleteRegistrationResponseSchema, {
      registrationId: outcome.registrationId,
      duplicate: outcome.duplicate,
      held: outcome.held,
      acceptedAt: timestampFromDate(outcome.acceptedAt),
    });
  },

  get: async ({ registrationId }: GetRegistrationRequest, { actor }: By): Promise<Registration> => {
    const row = await findSeen(find, registrationId, actor);
    if (!row) throw notFound();
    return toProto(row);
  },

  list: async (request: ListRegistrationsRequest, { actor }: By): Promise<ListRegistrationsResponse> => {
    const ask = readListRequest(request, actor);
    await ownWrites.settled();
    const listed = ask(queries);
    return create(ListRegistrationsResponseSchema, {
      registrations: listed.rows.map(toProto),
      nextPageToken: listed.next ?? "",
    });
  },

  notes: async ({ registrationId }: ListNotesRequest, { actor }: By): Promise<ListNotesResponse> => {
    if (!may(actor, "see_notes")) throw notAllowed("Notes are for the club's operators.");
    const row = await findSeen(find, registrationId, actor);
    if (!row) throw notFound();
    const notes = queries.factsOf(registrationId)?.notes ?? [];
    return create(ListNotesResponseSchema, {
      notes: notes.map(({ noteId, text, addedAt }) => ({
        noteId,
        text,
        addedAt: timestampFromDate(new Date(addedAt)),
      })),
    });
  },

  today: async ({ limit }: ListTodayRequest, { actor }: By): Promise<ListTodayResponse> => {
    const violation = outOfRange("limit", limit, TODAY_LIMIT);
    if (violation) throw refused([violation]);
    await ownWrites.settled();
    return toTodayProto(await today(actor), limit || TODAY_LIMIT);
  },
});
