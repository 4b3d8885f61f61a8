import { create } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import {
  type CompleteRegistrationRequest,
  type CompleteRegistrationResponse,
  CompleteRegistrationResponseSchema,
  type GetRegistrationRequest,
  type ListRegistrationsRequest,
  type ListRegistrationsResponse,
  ListRegistrationsResponseSchema,
  type Registration,
} from "@touchline/contracts";
import { describe, type IntakeResult } from "../intake/messages.ts";
import type { TakeIn } from "../intake/take-in.ts";
import type { Find } from "../read-model/find.ts";
import type { OwnWrites } from "../read-model/own-writes.ts";
import type { Listed, Queries } from "../read-model/queries.ts";
import { paymentStatuses, rowTextStatuses } from "../read-model/row.ts";
import { toProto } from "../read-model/to-proto.ts";
import type { FieldViolation } from "../registration/violations.ts";
import { fieldsRefused, notFound } from "./status.ts";

export interface CallDependencies {
  readonly takeIn: TakeIn;
  readonly find: Find;
  readonly queries: Queries;
  readonly ownWrites: OwnWrites;
  readonly onIntake: (result: IntakeResult) => void;
}

const PAGE_SIZE = 50;
const PAGE_SIZE_MAX = 500;

const refusalCodes = {
  invalid: status.INVALID_ARGUMENT,
  conflict: status.ALREADY_EXISTS,
  erased: status.FAILED_PRECONDITION,
} as const;

/** Intake and reads; each resolves with the answer or rejects with `CallError` or `Fault`. */
export const createCalls = ({ takeIn, find, queries, ownWrites, onIntake }: CallDependencies) => ({
  complete: async (
    request: CompleteRegistrationRequest,
    traceparent: string | undefined,
  ): Promise<CompleteRegistrationResponse> => {
    const outcome = await takeIn(request, { traceparent });
    if (outcome.kind !== "accepted") {
      onIntake(outcome.kind);
      throw fieldsRefused(refusalCodes[outcome.kind], describe(outcome), outcome.violations);
    }
    onIntake(outcome.duplicate ? "duplicate" : "accepted");
    ownWrites.note(outcome.registrationId, outcome.position);
    return create(CompleteRegistrationResponseSchema, {
      registrationId: outcome.registrationId,
      duplicate: outcome.duplicate,
      acceptedAt: timestampFromDate(outcome.acceptedAt),
    });
  },

  get: async ({ registrationId }: GetRegistrationRequest): Promise<Registration> => {
    const row = await find(registrationId);
    if (!row) throw notFound();
    return toProto(row);
  },

  list: async (request: ListRegistrationsRequest): Promise<ListRegistrationsResponse> => {
    refuseInvalid(request);
    await ownWrites.settled();
    const listed = listOf(queries, request);
    return create(ListRegistrationsResponseSchema, {
      registrations: listed.rows.map(toProto),
      nextPageToken: listed.next ?? "",
    });
  },
});

const listOf = (queries: Queries, request: ListRegistrationsRequest): Listed => {
  const { paymentStatus, smsDeliveryStatus: textStatus, createdSince, pageSize, pageToken } = request;
  const filter = {
    ...(paymentStatus && { paymentStatus }),
    ...(textStatus && { textStatus }),
    ...(createdSince && { since: timestampDate(createdSince).toISOString() }),
  };
  try {
    return queries.list(filter, { limit: pageSize || PAGE_SIZE, ...(pageToken && { after: pageToken }) });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refused([{ field: "pageToken", code: "invalid", message: error.message }]);
  }
};

const refuseInvalid = ({
  pageSize,
  paymentStatus,
  smsDeliveryStatus,
  createdSince,
}: ListRegistrationsRequest): void => {
  const violations: FieldViolation[] = [];
  const oneOf = (field: string, value: string, allowed: readonly string[]) => {
    if (value === "" || allowed.includes(value)) return;
    violations.push({ field, code: "invalid", message: `One of ${allowed.join(", ")}.` });
  };
  if (pageSize < 0 || pageSize > PAGE_SIZE_MAX) {
    violations.push({
      field: "pageSize",
      code: "out_of_range",
      message: `1 to ${PAGE_SIZE_MAX}, or 0 for ${PAGE_SIZE}.`,
    });
  }
  oneOf("paymentStatus", paymentStatus, paymentStatuses);
  oneOf("smsDeliveryStatus", smsDeliveryStatus, rowTextStatuses);
  if (createdSince && Number.isNaN(timestampDate(createdSince).getTime())) {
    violations.push({ field: "createdSince", code: "out_of_range", message: "This is not an instant." });
  }
  if (violations.length > 0) throw refused(violations);
};

const refused = (violations: readonly FieldViolation[]) =>
  fieldsRefused(
    status.INVALID_ARGUMENT,
    `The list was refused: ${violations.map((f) => f.field).join(", ")}.`,
    violations,
  );
