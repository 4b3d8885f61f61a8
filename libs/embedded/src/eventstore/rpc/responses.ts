import { afterId, idIn, recordIn, TOMBSTONE } from "../store/record.ts";
import { uuidToBits } from "../store/uuid.ts";
import { bytesField, EMPTY, messageField, uintField } from "../wire.ts";
import type { ExpectedRevision } from "./requests.ts";

const LARGEST_REVISION = 2n ** 63n - 1n;

/** Internally, a tombstone's revision is a safe integer; for clients it is 2^63-1. */
const outer = (revision: number): number | bigint => (revision === TOMBSTONE ? LARGEST_REVISION : revision);

const position = (field: number, commit: number, prepare = commit): Buffer =>
  messageField(field, uintField(1, commit), uintField(2, prepare));

export const streamIdentifier = (field: number, stream: string): Buffer => messageField(field, bytesField(3, stream));

const EMPTY_FIELD = (field: number): Buffer => messageField(field, EMPTY);

/** `AppendResp.Success` and `BatchAppendResp.Success` have the same shape. */
const success = (lastRevision: number, at: number | undefined): Buffer[] => [
  lastRevision < 0 ? EMPTY_FIELD(2) : uintField(1, outer(lastRevision)),
  at === undefined ? EMPTY_FIELD(4) : position(3, at),
];

export const appendSucceeded = (lastRevision: number, at: number | undefined): Buffer =>
  messageField(1, ...success(lastRevision, at));

/** Gives the revisions twice: in the fields of version 20.6.0, and in the newer ones. */
export function appendWrongVersion(expected: ExpectedRevision, lastRevision: number): Buffer {
  return messageField(2, ...currentRevision(1, 2, lastRevision), ...expectedFields(expected, lastRevision));
}

const currentRevision = (some: number, none: number, lastRevision: number): Buffer[] => [
  lastRevision < 0 ? EMPTY_FIELD(none) : uintField(some, lastRevision),
];

function expectedFields(expected: ExpectedRevision, lastRevision: number): Buffer[] {
  const current = currentRevision(6, 7, lastRevision);
  switch (expected.kind) {
    case "any":
      return [EMPTY_FIELD(4), ...current, EMPTY_FIELD(9)];
    case "stream-exists":
      return [EMPTY_FIELD(5), ...current, EMPTY_FIELD(10)];
    case "no-stream":
      return [uintField(3, 2n ** 64n - 1n), ...current, EMPTY_FIELD(11)];
    case "exact":
      return [uintField(3, expected.revision), ...current, uintField(8, expected.revision)];
  }
}

export const deleteSucceeded = (at: number): Buffer => position(1, at);

export interface BatchHead {
  correlation: Buffer;
  stream: string;
}

export const batchSucceeded = (head: BatchHead, lastRevision: number, at: number | undefined): Buffer =>
  batchResponse(head, messageField(3, ...success(lastRevision, at)));

export const EMPTY_MESSAGE = "google.protobuf.Empty";

/** google.rpc.Status with one of EventStoreDB's own messages, or an empty one, as its detail. */
export function batchFailed(head: BatchHead, code: number, text: string, name: string, detail: Buffer = EMPTY): Buffer {
  const type = name === EMPTY_MESSAGE ? name : `event_store.client.${name}`;
  const any = messageField(3, bytesField(1, `type.googleapis.com/${type}`), bytesField(2, detail));
  return batchResponse(head, messageField(2, uintField(1, code), bytesField(2, text), any));
}

const batchResponse = (head: BatchHead, result: Buffer): Buffer =>
  Buffer.concat([bytesField(1, head.correlation), result, streamIdentifier(4, head.stream)]);

/** The body of `event_store.client.WrongExpectedVersion`. */
export function wrongVersionDetail(expected: ExpectedRevision, lastRevision: number): Buffer {
  const current = currentRevision(1, 2, lastRevision);
  const wanted = {
    any: () => EMPTY_FIELD(4),
    "stream-exists": () => EMPTY_FIELD(5),
    "no-stream": () => EMPTY_FIELD(6),
    exact: () => uintField(3, expected.kind === "exact" ? expected.revision : 0),
  }[expected.kind]();
  return Buffer.concat([...current, wanted]);
}

export const confirmation = (subscriptionId: string): Buffer => messageField(2, bytesField(1, subscriptionId));
export const checkpoint = (commit: number, prepare: number): Buffer => position(3, commit, prepare);
export const streamNotFound = (stream: string): Buffer => messageField(4, streamIdentifier(1, stream));
export const firstStreamPosition = (revision: number): Buffer => uintField(5, revision);
export const lastStreamPosition = (revision: number): Buffer => uintField(6, revision);
export const caughtUp = (): Buffer => EMPTY_FIELD(8);

export type UuidForm = "string" | "structured";

/** The stored frame has the id as a string and no link, which is what nearly all clients want. */
export const eventFrame = (frame: Buffer, uuid: UuidForm): Buffer =>
  uuid === "string" ? frame : linkFrame(frame, undefined, frame, uuid);

/** The frame of a link and its event. Without an event, the link is broken. */
export function linkFrame(
  event: Buffer | undefined,
  link: Buffer | undefined,
  original: Buffer,
  uuid: UuidForm,
): Buffer {
  const parts = [
    event === undefined ? EMPTY : bytesField(1, recordedEvent(event, uuid)),
    link === undefined ? EMPTY : bytesField(2, recordedEvent(link, uuid)),
    commitPositionOf(original),
  ];
  return messageField(1, ...parts);
}

function recordedEvent(frame: Buffer, uuid: UuidForm): Buffer {
  const record = recordIn(frame);
  if (uuid === "string") return record;
  const { most, least } = uuidToBits(idIn(record));
  const id = messageField(1, messageField(1, uintField(1, most), uintField(2, least)));
  return Buffer.concat([id, afterId(record)]);
}

/** The last field of a stored frame, after its record. */
function commitPositionOf(frame: Buffer): Buffer {
  const record = recordIn(frame);
  return frame.subarray(record.byteOffset - frame.byteOffset + record.length);
}
