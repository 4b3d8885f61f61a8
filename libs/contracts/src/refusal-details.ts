import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import {
  type BadRequest_FieldViolation,
  BadRequestSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "./gen/google/rpc/status_pb.ts";

export interface RefusalDetails {
  readonly fields: readonly BadRequest_FieldViolation[];
  readonly retryAfterMs: number | undefined;
}

/** The details of a refused call, from `grpc-status-details-bin`: the violations, or when to try again. */
export const detailsOf = (bytes: Uint8Array): RefusalDetails => {
  const { details } = fromBinary(StatusSchema, bytes);
  const delay = details.map((detail) => anyUnpack(detail, RetryInfoSchema)?.retryDelay).find(Boolean);
  return {
    fields: details.flatMap((detail) => anyUnpack(detail, BadRequestSchema)?.fieldViolations ?? []),
    retryAfterMs: delay && durationMs(delay),
  };
};
