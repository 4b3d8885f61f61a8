import { Metadata, status } from "@grpc/grpc-js";
import { DiskFull } from "../store/full-disk.ts";
import { CorruptEvent } from "../store/reader.ts";
import { StoreClosed } from "../store/store.ts";

/** An answer that ends a call: a gRPC status, and trailers that name the typed error which the client raises. */
export class Failure extends Error {
  override name = "Failure";
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;

  constructor(code: status, details: string, trailers: Record<string, string> = {}) {
    super(details);
    this.code = code;
    this.details = details;
    this.metadata = new Metadata();
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, asTrailer(value));
  }
}

/** Trailers must be printable ASCII, and HTTP/2 limits their size. */
const asTrailer = (text: string): string => text.slice(0, 1024).replace(/[^ -~]/g, "?");

export const invalidArgument = (details: string): Failure => new Failure(status.INVALID_ARGUMENT, details);

/** What EventStoreDB answers when its own checks throw. */
export const unknown = (details: string): Failure => new Failure(status.UNKNOWN, details);

/** For a read of `$all` from a position that was never a record's, or backwards from beyond the end. */
export const readAllFailed = (filtered: boolean, result: "InvalidPosition" | "Error"): Failure =>
  unknown(`Unexpected ${filtered ? "Filtered" : ""}ReadAllResult: ${result}`);

/** For a subscription from such a position, after its confirmation. */
export const invalidSubscriptionPosition = (): Failure => invalidArgument("Trying to read from an invalid position.");

export const streamDeleted = (stream: string): Failure =>
  new Failure(status.FAILED_PRECONDITION, `Event stream '${stream.slice(0, 1024)}' is deleted.`, {
    exception: "stream-deleted",
    "stream-name": stream,
  });

export const wrongExpectedVersion = (operation: string, stream: string, expected: bigint, actual: number): Failure =>
  new Failure(
    status.FAILED_PRECONDITION,
    `${operation} failed due to WrongExpectedVersion. Stream: ${stream.slice(0, 1024)}, Expected version: ${expected}, Actual version: ${actual}`,
    {
      exception: "wrong-expected-version",
      "stream-name": stream,
      "expected-version": String(expected),
      "actual-version": String(actual),
    },
  );

export const maximumAppendSizeExceeded = (limit: number): Failure =>
  new Failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
    exception: "maximum-append-size-exceeded",
    "maximum-append-size": String(limit),
  });

export const missingMetadataProperty = (property: string): Failure =>
  new Failure(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: "missing-required-metadata-property",
    "required-metadata-properties": "type,content-type",
  });

export const unauthenticated = (): Failure => new Failure(status.UNAUTHENTICATED, "Unauthenticated");

export const resourceExhausted = (details: string): Failure => new Failure(status.RESOURCE_EXHAUSTED, details);

export const notReady = (): Failure => new Failure(status.UNAVAILABLE, "Server Is Not Ready");

/** A leader's answer when too few other nodes follow it. The append may still happen. */
export const commitTimeout = (): Failure => new Failure(status.ABORTED, "Operation timed out: Commit phase timeout.");

/** Where the leader is, for a client that insists on it. */
export const notLeader = (leader: { host: string; port: number }): Failure =>
  new Failure(status.NOT_FOUND, "Leader info available", {
    exception: "not-leader",
    "leader-endpoint-host": leader.host,
    "leader-endpoint-port": String(leader.port),
  });

/** Any other error is a defect or comes from the disk. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof StoreClosed) return notReady();
  if (error instanceof DiskFull) return resourceExhausted(error.message);
  if (error instanceof CorruptEvent || isCorruption(error)) return new Failure(status.DATA_LOSS, String(error));
  return unknown(error instanceof Error ? error.message : "Exception was thrown by handler.");
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const isCorruption = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && [11, 26].includes(Number(error.errcode) & 0xff);
