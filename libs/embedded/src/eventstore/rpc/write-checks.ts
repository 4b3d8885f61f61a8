import { ANY, NO_STREAM, STREAM_EXISTS } from "../store/decide.ts";
import { ZERO_UUID } from "../store/uuid.ts";
import type { ProposedEvent } from "../store/writer.ts";
import { invalidArgument, missingMetadataProperty, unknown } from "./failure.ts";
import type { ExpectedRevision, ProposedMessage } from "./requests.ts";

const LONGEST_NAME = 64 * 1024;
const LARGEST_LONG = 2n ** 63n - 1n;
const END = 2n ** 64n - 1n;

/** Returns the name of a stream that may be appended to; otherwise throws EventStoreDB's answer. */
export function writableStream(stream: string | undefined): string {
  if (stream === "$$") throw unknown("A metadata stream needs the name of its stream.");
  return presentName(stream);
}

export function presentName(stream: string | undefined): string {
  if (stream === undefined || stream === "") throw unknown("The stream name must not be empty.");
  return checkedName(stream);
}

export function checkedName(name: string): string {
  if (name.length > LONGEST_NAME) throw invalidArgument(`A stream name can have at most ${LONGEST_NAME} characters.`);
  return name;
}

/** The number that the store uses. The three that are not exact have EventStoreDB's values. */
export function expectedNumber(expected: ExpectedRevision | undefined): number {
  switch (expected?.kind) {
    case undefined:
      throw invalidArgument("'None' is not a valid ExpectedStreamRevision");
    case "any":
      return ANY;
    case "no-stream":
      return NO_STREAM;
    case "stream-exists":
      return STREAM_EXISTS;
    case "exact":
      return exactNumber(expected.revision);
  }
}

function exactNumber(revision: bigint): number {
  if (revision === END) return NO_STREAM;
  if (revision > LARGEST_LONG) throw unknown(`Revision ${revision} is out of range.`);
  // No stream has a revision above 2^53, so a rounded one still means a wrong version.
  return Math.min(Number(revision), Number.MAX_SAFE_INTEGER - 1);
}

/** The number in `expected-version` trailers. */
export const expectedTrailer = (expected: ExpectedRevision | undefined): bigint =>
  expected?.kind === "exact" ? BigInt.asIntN(64, expected.revision) : BigInt(expectedNumber(expected));

export function proposedEvent(message: ProposedMessage): ProposedEvent {
  if (message.type === undefined) throw missingMetadataProperty("type");
  if (message.contentType === undefined) throw missingMetadataProperty("content-type");
  if (message.type === "") throw unknown("The event type must not be empty.");
  if (message.id === undefined || message.id === ZERO_UUID)
    throw unknown("The event id must be a UUID other than zero.");
  return {
    id: message.id,
    type: message.type,
    json: message.contentType === "application/json",
    data: message.data,
    customMetadata: message.customMetadata,
  };
}

/** The size of an event as EventStoreDB counts it, with types in UTF-16. */
export const sizeOf = (event: ProposedEvent): number =>
  event.data.length + event.customMetadata.length + 2 * event.type.length;
