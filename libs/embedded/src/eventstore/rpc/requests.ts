import { normalUuid, uuidFromBits } from "../store/uuid.ts";
import { Reader } from "../wire.ts";

/** For an append, delete or tombstone; undefined when the message has none. */
export type ExpectedRevision =
  | { kind: "exact"; revision: bigint }
  | { kind: "no-stream" }
  | { kind: "any" }
  | { kind: "stream-exists" };

export interface WriteOptions {
  stream: string | undefined;
  expected: ExpectedRevision | undefined;
}

export interface ProposedMessage {
  id: string | undefined;
  type: string | undefined;
  contentType: string | undefined;
  customMetadata: Buffer;
  data: Buffer;
}

export type AppendRequest = { options: WriteOptions } | { event: ProposedMessage; bytes: number } | { neither: true };

export interface DeleteRequest {
  options: WriteOptions | undefined;
}

const NOTHING = Buffer.alloc(0);

export function decodeAppend(bytes: Buffer): AppendRequest {
  const reader = new Reader(bytes);
  let request: AppendRequest = { neither: true };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) request = { options: decodeWriteOptions(reader.bytes()) };
    else if (tag === 0x12) request = { event: decodeProposed(reader.bytes()), bytes: bytes.length };
    else reader.skip(tag);
  }
  return request;
}

/** Delete and Tombstone wrap the same options in one message. */
export function decodeDelete(bytes: Buffer): DeleteRequest {
  const reader = new Reader(bytes);
  const request: DeleteRequest = { options: undefined };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) request.options = decodeWriteOptions(reader.bytes());
    else reader.skip(tag);
  }
  return request;
}

function decodeWriteOptions(bytes: Buffer): WriteOptions {
  const reader = new Reader(bytes);
  const options: WriteOptions = { stream: undefined, expected: undefined };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) readWriteOption(reader, tag, options);
  return options;
}

function readWriteOption(reader: Reader, tag: number, options: WriteOptions): void {
  if (tag === 0x0a) options.stream = decodeStreamIdentifier(reader.bytes());
  else if (tag === 0x10) options.expected = { kind: "exact", revision: reader.uint64() };
  else if (tag === 0x1a) options.expected = empty(reader, { kind: "no-stream" });
  else if (tag === 0x22) options.expected = empty(reader, { kind: "any" });
  else if (tag === 0x2a) options.expected = empty(reader, { kind: "stream-exists" });
  else reader.skip(tag);
}

function empty<T>(reader: Reader, meaning: T): T {
  reader.bytes();
  return meaning;
}

export function decodeStreamIdentifier(bytes: Buffer): string {
  const reader = new Reader(bytes);
  let name = "";
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x1a) name = reader.string();
    else reader.skip(tag);
  }
  return name;
}

/** Undefined for an id that is missing or not a UUID. */
function decodeUuid(bytes: Buffer): string | undefined {
  const reader = new Reader(bytes);
  let uuid: string | undefined;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) uuid = decodeStructuredUuid(reader.bytes());
    else if (tag === 0x12) uuid = normalUuid(reader.string());
    else reader.skip(tag);
  }
  return uuid;
}

function decodeStructuredUuid(bytes: Buffer): string {
  const reader = new Reader(bytes);
  let most = 0n;
  let least = 0n;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x08) most = reader.uint64();
    else if (tag === 0x10) least = reader.uint64();
    else reader.skip(tag);
  }
  return uuidFromBits(most, least);
}

function decodeProposed(bytes: Buffer): ProposedMessage {
  const reader = new Reader(bytes);
  const event: ProposedMessage = {
    id: undefined,
    type: undefined,
    contentType: undefined,
    customMetadata: NOTHING,
    data: NOTHING,
  };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) event.id = decodeUuid(reader.bytes());
    else if (tag === 0x12) readMetadataEntry(reader.bytes(), event);
    else if (tag === 0x1a) event.customMetadata = reader.bytes();
    else if (tag === 0x22) event.data = reader.bytes();
    else reader.skip(tag);
  }
  return event;
}

function readMetadataEntry(bytes: Buffer, event: ProposedMessage): void {
  const reader = new Reader(bytes);
  let key = "";
  let value = "";
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) key = reader.string();
    else if (tag === 0x12) value = reader.string();
    else reader.skip(tag);
  }
  if (key === "type") event.type = value;
  else if (key === "content-type") event.contentType = value;
}

export interface BatchAppendRequest {
  /** The `UUID` message, to be sent back unchanged. */
  correlation: Buffer | undefined;
  correlationId: string | undefined;
  options: (WriteOptions & { deadline: BatchDeadline | undefined }) | undefined;
  events: ProposedMessage[];
  isFinal: boolean;
  /** The size of the whole message. */
  bytes: number;
}

/** Older clients send a time; newer ones send a duration from now. */
export type BatchDeadline = { kind: "at" | "in"; milliseconds: number };

export function decodeBatchAppend(bytes: Buffer): BatchAppendRequest {
  const reader = new Reader(bytes);
  const request: BatchAppendRequest = {
    correlation: undefined,
    correlationId: undefined,
    options: undefined,
    events: [],
    isFinal: false,
    bytes: bytes.length,
  };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) {
      request.correlation = reader.bytes();
      request.correlationId = decodeUuid(request.correlation);
    } else if (tag === 0x12) request.options = decodeBatchOptions(reader.bytes());
    else if (tag === 0x1a) request.events.push(decodeProposed(reader.bytes()));
    else if (tag === 0x20) request.isFinal = reader.uint64() !== 0n;
    else reader.skip(tag);
  }
  return request;
}

function decodeBatchOptions(bytes: Buffer): NonNullable<BatchAppendRequest["options"]> {
  const reader = new Reader(bytes);
  const options: NonNullable<BatchAppendRequest["options"]> = {
    stream: undefined,
    expected: undefined,
    deadline: undefined,
  };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x32) options.deadline = { kind: "at", milliseconds: decodeSeconds(reader.bytes()) };
    else if (tag === 0x3a) options.deadline = { kind: "in", milliseconds: decodeSeconds(reader.bytes()) };
    else readWriteOption(reader, tag, options);
  }
  return options;
}

/** A google.protobuf.Timestamp or Duration, in milliseconds. */
function decodeSeconds(bytes: Buffer): number {
  const reader = new Reader(bytes);
  let seconds = 0n;
  let nanos = 0n;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x08) seconds = BigInt.asIntN(64, reader.uint64());
    else if (tag === 0x10) nanos = BigInt.asIntN(64, reader.uint64());
    else reader.skip(tag);
  }
  return Number(seconds) * 1000 + Number(nanos) / 1e6;
}
