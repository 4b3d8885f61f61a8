import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { anyPack, durationFromMs } from "@bufbuild/protobuf/wkt";
import { Metadata, status as Status } from "@grpc/grpc-js";
import { BadRequestSchema, RetryInfoSchema, RpcStatusSchema, STATUS_DETAILS } from "@touchline/contracts";
import type { FieldViolation } from "../registration/violations.ts";

/** A refusal as a gRPC caller gets it: code, words, and google.rpc details in `grpc-status-details-bin`. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: Status;
  readonly details: string;
  readonly metadata: Metadata;

  constructor(code: Status, details: string, metadata = new Metadata()) {
    super(details);
    this.code = code;
    this.details = details;
    this.metadata = metadata;
  }
}

/** INVALID_ARGUMENT, or ALREADY_EXISTS, with every refused field. */
export const fieldsRefused = (code: Status, message: string, violations: readonly FieldViolation[]): CallError =>
  withDetail(code, message, BadRequestSchema, {
    fieldViolations: violations.map(({ field, code: reason, message: description }) => ({
      field,
      reason,
      description,
    })),
  });

/** RESOURCE_EXHAUSTED, with when to try again. */
export const tooSoon = (message: string, retryAfterMs: number): CallError =>
  withDetail(Status.RESOURCE_EXHAUSTED, message, RetryInfoSchema, { retryDelay: durationFromMs(retryAfterMs) });

export const notAllowed = (message: string): CallError => new CallError(Status.PERMISSION_DENIED, message);

export const notFound = (): CallError => new CallError(Status.NOT_FOUND, "There is no such registration.");

const withDetail = <D extends DescMessage>(
  code: Status,
  message: string,
  schema: D,
  detail: MessageInitShape<D>,
): CallError => {
  const body = create(RpcStatusSchema, { code, message, details: [anyPack(schema, create(schema, detail))] });
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS, Buffer.from(toBinary(RpcStatusSchema, body)));
  return new CallError(code, message, metadata);
};
