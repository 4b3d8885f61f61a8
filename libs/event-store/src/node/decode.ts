import type streams from "@eventstore/db-client/generated/streams_pb.js";
import { catalogue, upcast } from "@touchline/contracts";
import { firstStored } from "../first-stored.ts";
import type { EventMetadata, StoredEvent } from "../types.ts";

const TICKS_PER_MS = 10_000n;

/** The event in a frame of a reading; undefined for frames without one, for system events, and for what is not JSON. */
export const eventIn = (frame: streams.ReadResp): StoredEvent | undefined => {
  const event = frame.getEvent()?.getEvent();
  if (!event) return undefined;
  const facts = event.getMetadataMap();
  const type = facts.get("type") ?? "";
  if (type.startsWith("$") || facts.get("content-type") !== "application/json") return undefined;
  const stream = Buffer.from(event.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
  if (stream.startsWith("$")) return undefined;
  const data = parsed(event.getData_asU8());
  if (!data) return undefined;
  const metadata = metadataIn(event.getCustomMetadata_asU8());
  if (!metadata) return undefined;
  return {
    ...upcast({ type, data }),
    id: event.getId()?.getString() ?? "",
    stream,
    metadata,
    revision: BigInt(event.getStreamRevision()),
    position: BigInt(event.getCommitPosition()),
    created: firstStored(metadata, instant(facts.get("created"))),
  } as StoredEvent;
};

/** Whether the frame holds an event of the log, which may be anybody's; false for checkpoints and for system events. */
export const holdsEvent = (frame: streams.ReadResp): boolean => {
  const type = frame.getEvent()?.getEvent()?.getMetadataMap().get("type");
  return type !== undefined && !type.startsWith("$");
};

/**
 * Whether an event is Touchline's, by its names: a type that we know is in a stream of its category. A type that we do not know may
 * be a later version's. Data of ours that cannot be applied is a defect, which must show, so it is not left out here.
 */
export const isTouchlines = ({ type, stream }: StoredEvent): boolean => {
  const known = catalogue.get(type);
  return !known || stream.startsWith(`${known.category}-`);
};

/** 100 ns since 1970, in decimal. */
export const instant = (ticks = "0"): Date => new Date(Number(BigInt(ticks) / TICKS_PER_MS));

/** Where the event of a frame is in `$all`, whatever event it is. */
export const positionIn = (frame: streams.ReadResp): bigint | undefined => {
  const event = frame.getEvent();
  return event && BigInt(event.getEvent()?.getCommitPosition() ?? event.getCommitPosition());
};

const parsed = (bytes: Uint8Array): object | undefined => {
  if (bytes.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // Not ours: what Touchline appends is JSON.
  }
};

/** Ours is some hundred bytes. */
const METADATA_MAX = 16_384;
const own: readonly (keyof EventMetadata)[] = [
  "$correlationId",
  "$causationId",
  "service",
  "actor",
  "traceparent",
  "firstStoredAt",
];

/** Without what is not as Touchline writes it; undefined when it is too large to be Touchline's. */
const metadataIn = (bytes: Uint8Array): Partial<EventMetadata> | undefined => {
  if (bytes.length > METADATA_MAX) return undefined;
  const metadata: Record<string, unknown> = { ...parsed(bytes) };
  for (const name of own) if (!isPlain(metadata[name])) delete metadata[name];
  return metadata;
};

const isPlain = (value: unknown): boolean => typeof value === "string" && /^[\x20-\x7e]{1,200}$/.test(value);
