import { timestampDate } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { type ListRegistrationsRequest, paymentStatuses } from "@touchline/contracts";
import type { Actor } from "../people/roles.ts";
import { type Listed, type Queries, sorts } from "../read-model/queries.ts";
import { rowTextStatuses } from "../read-model/row.ts";
import { traits } from "../read-model/traits.ts";
import type { FieldViolation } from "../registration/violations.ts";
import { fieldsRefused } from "./status.ts";

const PAGE_SIZE = 50;
const PAGE_SIZE_MAX = 500;

/** The request as a query, limited to what the caller may see. Throws `CallError` with all violations. */
export const readListRequest = (
  request: ListRegistrationsRequest,
  { teams }: Actor,
): ((queries: Queries) => Listed) => {
  refuseInvalid(request);
  const { createdSince, behind, pageSize, pageToken, smsDeliveryStatus: textStatus } = request;
  const { paymentStatus, team, ageGroup, season, search } = request;
  const only = traits.filter((trait) => request.only.includes(trait) || (trait === "behind" && behind));
  const since = createdSince && timestampDate(createdSince).toISOString();
  const filter = { teams, paymentStatus, textStatus, team, ageGroup, season, search, only, since };
  const sort = sorts.find((one) => one === request.sort);
  return (queries) => {
    try {
      return queries.list(filter, { limit: pageSize || PAGE_SIZE, sort, ...(pageToken && { after: pageToken }) });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw refused([{ field: "pageToken", code: "invalid", message: error.message }]);
    }
  };
};

const refuseInvalid = (request: ListRegistrationsRequest): void => {
  const { pageSize, createdSince } = request;
  const violations: FieldViolation[] = [];
  const oneOf = (field: string, value: string, allowed: readonly string[]) => {
    if (value === "" || allowed.includes(value)) return;
    violations.push({ field, code: "invalid", message: `One of ${allowed.join(", ")}.` });
  };
  const size = outOfRange("pageSize", pageSize, PAGE_SIZE);
  if (size) violations.push(size);
  oneOf("paymentStatus", request.paymentStatus, paymentStatuses);
  oneOf("smsDeliveryStatus", request.smsDeliveryStatus, rowTextStatuses);
  oneOf("sort", request.sort, sorts);
  for (const [index, trait] of request.only.entries()) oneOf(`only[${index}]`, trait || "none", traits);
  // Later ones, which are no protobuf timestamps, sort before all others as text.
  if (createdSince && !(timestampDate(createdSince).getUTCFullYear() <= 9_999)) {
    violations.push({ field: "createdSince", code: "out_of_range", message: "This is not an instant." });
  }
  if (violations.length > 0) throw refused(violations);
};

/** The largest page size. */
export const outOfRange = (field: string, size: number, usual: number): FieldViolation | undefined =>
  size < 0 || size > PAGE_SIZE_MAX
    ? { field, code: "out_of_range", message: `1 to ${PAGE_SIZE_MAX}, or 0 for ${usual}.` }
    : undefined;

export const refused = (violations: readonly FieldViolation[]) =>
  fieldsRefused(
    status.INVALID_ARGUMENT,
    `The list was refused: ${violations.map((f) => f.field).join(", ")}.`,
    violations,
  );
