import type streams from "@eventstore/db-client/generated/streams_pb.js";
import { upcast } from "@touchline/contracts";
import { firstStored } from "../first-stored.ts";
import type { StoredEvent } from "../types.ts";

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
  const metadata = parsed(event.getCustomMetadata_asU8()) ?? {};
  const stored = new Date(Number(BigInt(facts.get("created") ?? 0) / TICKS_PER_MS));
  return {
    ...upcast({ type, data }),
    id: event.getId()?.getString() ?? "",
    stream,
    metadata,
    revision: BigInt(event.getStreamRevision()),
    position: BigInt(event.getCommitPosition()),
    created: firstStored(metadata, stored),
  } as StoredEvent;
};

/** Where the event of a frame is in `$all`, whatever event it is. */
export const positionIn = (frame: streams.ReadResp): bigint | undefined => {
  const event = frame.getEvent();
  return event && BigInt(event.getEvent()?.getCommitPosition() ?? event.getCommitPosition());
};

const parsed = (bytes: Uint8Array): object | undefined => {
  if (bytes.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined; // Not ours: what Touchline appends is JSON.
  }
};
