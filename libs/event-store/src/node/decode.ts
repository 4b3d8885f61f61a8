import type streams from "@eventstore/db-client/generated/streams_pb.js";
import { catalogue, upcast } from "@touchline/contracts";
import { firstStored } from "../first-stored.ts";
import type { EventMetadata, StoredEvent } from "../types.ts";

const TICKS_PER_MS = 10_000n;

/** The event in a frame; undefined for frames without an event, for system events, and for events that are not JSON. */
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

/** Whether the frame holds an event of any program; false for checkpoints and system events. */
export const holdsEvent = (frame: streams.ReadResp): boolean => {
  const type = frame.getEvent()?.getEvent()?.getMetadataMap().get("type");
  return type !== undefined && !type.startsWith("$");
};

/**
 * Whether an event is Touchline's, judged by its names: a type that we know must be in a stream of its category. A type that we do
 * not know may be from a later version. Data is not checked: our own data that cannot be applied is a defect and must show.
 */
export const isTouchlines = ({ type, stream }: StoredEvent): boolean => {
  const known = catalogue.get(type);
  return !known || stream.startsWith(`${known.category}-`);
};

/** Converts units of 100 ns since 1970, in decimal. */
export const instant = (ticks = "0"): Date => new Date(Number(BigInt(ticks) / TICKS_PER_MS));

/** The `$all` position of a frame's event, whatever the event is. */
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
    return undefined; // Not ours: Touchline appends only JSON.
  }
};

/** Our own metadata is a few hundred bytes. */
const METADATA_MAX = 16_384;
const own: readonly (keyof EventMetadata)[] = [
  "$correlationId",
  "$causationId",
  "service",
  "actor",
  "traceparent",
  "firstStoredAt",
];

/** The fields that are as Touchline writes them; undefined when the metadata is too large to be Touchline's. */
const metadataIn = (bytes: Uint8Array): Partial<EventMetadata> | undefined => {
  if (bytes.length > METADATA_MAX) return undefined;
  const metadata: Record<string, unknown> = { ...parsed(bytes) };
  for (const name of own) if (!isPlain(metadata[name])) delete metadata[name];
  return metadata;
};

const isPlain = (value: unknown): boolean => typeof value === "string" && /^[\x20-\x7e]{1,200}$/.test(value);
