import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import type { ServiceError } from "@grpc/grpc-js";
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

/** The trailer in which a refused call has its google.rpc details. */
export const STATUS_DETAILS = "grpc-status-details-bin";

/** The details of a refused call: the violations, or when to try again. Empty if it has none. */
export const detailsOf = ({ metadata }: Partial<Pick<ServiceError, "metadata">>): RefusalDetails => {
  const [bytes] = metadata?.get(STATUS_DETAILS) ?? [];
  const details = bytes instanceof Uint8Array ? fromBinary(StatusSchema, bytes).details : [];
  const delay = details.map((detail) => anyUnpack(detail, RetryInfoSchema)?.retryDelay).find(Boolean);
  return {
    fields: details.flatMap((detail) => anyUnpack(detail, BadRequestSchema)?.fieldViolations ?? []),
    retryAfterMs: delay && durationMs(delay),
  };
};
