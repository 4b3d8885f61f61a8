import { crc32 } from "node:zlib";
import { varintSize, writeVarint } from "../wire.ts";

/**
 * An event is stored as the exact bytes that a reader gets: a `ReadResp` with a `ReadEvent` around a `RecordedEvent` whose id is a
 * string. Serving it needs no encoding.
 */
export interface NewRecord {
  id: string;
  stream: Buffer;
  revision: number;
  position: number;
  type: string;
  json: boolean;
  createdMs: number;
  customMetadata: Uint8Array;
  data: Uint8Array;
}

/** A tombstone's revision: internally the largest safe integer, for clients 2^63-1. */
export const TOMBSTONE = Number.MAX_SAFE_INTEGER;
const TOMBSTONE_VARINT = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);

const ID_FIELD = 40;
const TYPE_KEY = Buffer.from("\n\x04type\x12");
const JSON_ENTRY = Buffer.from("2\x20\n\fcontent-type\x12\x10application/json");
const BINARY_ENTRY = Buffer.from("2\x28\n\fcontent-type\x12\x18application/octet-stream");
const CREATED_ENTRY = Buffer.from("2\x1c\n\x07created\x12\x11");

const lengthDelimited = (size: number): number => 1 + varintSize(size) + size;

export function encodeFrame(record: NewRecord): Buffer {
  const type = Buffer.from(record.type);
  const ticks = `${record.createdMs}0000`;
  const contentType = record.json ? JSON_ENTRY : BINARY_ENTRY;
  const nameSize = lengthDelimited(record.stream.length);
  const typeSize = TYPE_KEY.length + varintSize(type.length) + type.length;
  const positionSize = varintSize(record.position);
  const revisionSize = record.revision === TOMBSTONE ? TOMBSTONE_VARINT.length : varintSize(record.revision);
  const recordSize =
    ID_FIELD +
    lengthDelimited(nameSize) +
    (1 + revisionSize) +
    2 * (1 + positionSize) +
    lengthDelimited(typeSize) +
    contentType.length +
    CREATED_ENTRY.length +
    ticks.length +
    (record.customMetadata.length > 0 ? lengthDelimited(record.customMetadata.length) : 0) +
    (record.data.length > 0 ? lengthDelimited(record.data.length) : 0);
  const eventSize = lengthDelimited(recordSize) + 1 + positionSize;
  const out = Buffer.allocUnsafe(lengthDelimited(eventSize));

  let at = writeHeader(out, 0, 0x0a, eventSize);
  at = writeHeader(out, at, 0x0a, recordSize);
  out[at++] = 0x0a;
  out[at++] = 38;
  at = writeHeader(out, at, 0x12, 36);
  at += out.write(record.id, at, "latin1");
  at = writeHeader(out, at, 0x12, nameSize);
  at = writeBytes(out, at, 0x1a, record.stream);
  out[at++] = 0x18;
  if (record.revision === TOMBSTONE) at += TOMBSTONE_VARINT.copy(out, at);
  else at = writeVarint(out, at, record.revision);
  out[at++] = 0x20;
  at = writeVarint(out, at, record.position);
  out[at++] = 0x28;
  at = writeVarint(out, at, record.position);
  at = writeHeader(out, at, 0x32, typeSize);
  at += TYPE_KEY.copy(out, at);
  at = writeVarint(out, at, type.length);
  at += type.copy(out, at);
  at += contentType.copy(out, at);
  at += CREATED_ENTRY.copy(out, at);
  at += out.write(ticks, at, "latin1");
  if (record.customMetadata.length > 0) at = writeBytes(out, at, 0x3a, record.customMetadata);
  if (record.data.length > 0) at = writeBytes(out, at, 0x42, record.data);
  out[at++] = 0x18;
  writeVarint(out, at, record.position);
  return out;
}

function writeHeader(out: Buffer, at: number, tag: number, length: number): number {
  out[at] = tag;
  return writeVarint(out, at + 1, length);
}

function writeBytes(out: Buffer, at: number, tag: number, bytes: Uint8Array): number {
  const start = writeHeader(out, at, tag, bytes.length);
  out.set(bytes, start);
  return start + bytes.length;
}

export const checksum = (frame: Uint8Array): number => crc32(frame);

/** The `RecordedEvent` inside a frame. */
export function recordIn(frame: Buffer): Buffer {
  const event = readLength(frame, 1);
  const record = readLength(frame, event.at + 1);
  return frame.subarray(record.at, record.at + record.length);
}

export const idIn = (record: Buffer): string => record.toString("latin1", 4, ID_FIELD);

/** What follows the id in a `RecordedEvent`. */
export const afterId = (record: Buffer): Buffer => record.subarray(ID_FIELD);

export interface RecordParts {
  stream: string;
  revision: number;
  position: number;
  type: string;
  json: boolean;
  data: Buffer;
}

/** Only the stream and type, which filters check for every event. */
export function namesIn(frame: Buffer): { stream: string; type: string } {
  const record = recordIn(frame);
  const name = readLength(record, readLength(record, ID_FIELD + 1).at + 1);
  const stream = record.toString("utf8", name.at, name.at + name.length);
  const type = typeAt(record, name.at + name.length);
  return { stream, type: record.toString("utf8", type.at, type.at + type.length) };
}

export function partsIn(frame: Buffer): RecordParts {
  const record = recordIn(frame);
  const name = readLength(record, readLength(record, ID_FIELD + 1).at + 1);
  const revision = readVarint(record, name.at + name.length + 1);
  const position = readVarint(record, revision.at + 1);
  const type = typeAt(record, name.at + name.length);
  const contentType = type.at + type.length;
  const json = record[contentType + 1] === JSON_ENTRY[1];
  const end =
    contentType +
    (json ? JSON_ENTRY : BINARY_ENTRY).length +
    CREATED_ENTRY.length +
    createdLength(record, contentType, json);
  return {
    stream: record.toString("utf8", name.at, name.at + name.length),
    revision: Math.min(revision.length, TOMBSTONE),
    position: position.length,
    type: record.toString("utf8", type.at, type.at + type.length),
    json,
    data: dataAfter(record, end),
  };
}

const createdLength = (record: Buffer, contentType: number, json: boolean): number =>
  record[contentType + (json ? JSON_ENTRY : BINARY_ENTRY).length + CREATED_ENTRY.length - 1] ?? 0;

function typeAt(record: Buffer, afterName: number): { at: number; length: number } {
  const revision = readVarint(record, afterName + 1);
  const prepare = readVarint(record, revision.at + 1);
  const commit = readVarint(record, prepare.at + 1);
  const entry = readLength(record, commit.at + 1);
  return readLength(record, entry.at + TYPE_KEY.length);
}

function dataAfter(record: Buffer, at: number): Buffer {
  let offset = at;
  while (offset < record.length) {
    const field = readLength(record, offset + 1);
    if (record[offset] === 0x42) return record.subarray(field.at, field.at + field.length);
    offset = field.at + field.length;
  }
  return Buffer.alloc(0);
}

const readLength = readVarint;

/** A varint's value, as `length`, and the offset after it. */
function readVarint(buffer: Buffer, start: number): { at: number; length: number } {
  let length = 0;
  let factor = 1;
  let at = start;
  for (;;) {
    const byte = buffer[at++] ?? 0;
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) return { at, length };
    factor *= 128;
  }
}
