import type { StreamFacts } from "./decide.ts";
import { METASTREAM_METADATA, NO_METADATA, parseMetadata, type StreamMetadata } from "./metadata.ts";
import type { EventReader } from "./reader.ts";
import { partsIn, TOMBSTONE } from "./record.ts";

/** What the next append to a stream needs to know. `id` is undefined for a stream to which nothing was ever appended. */
export interface Head {
  id: number | undefined;
  lastRevision: number;
  tombstoned: boolean;
  metadata: StreamMetadata;
  /** -1 when there is none. */
  metadataRevision: number;
  /** The position of the last event that changed any of this. */
  position: number;
}

interface LastEvent {
  readonly id: number | undefined;
  readonly revision: number;
  readonly position: number;
}

const NO_EVENT: LastEvent = { id: undefined, revision: -1, position: -1 };

const LIMIT_HEADS = 20_000;
const LIMIT_NAME = 512;

export const isMetastream = (stream: string): boolean => stream.startsWith("$$");
export const metastreamOf = (stream: string): string => `$$${stream}`;
const originalOf = (metastream: string): string => metastream.slice(2);

/** Recently used heads, loaded on demand. */
export class Heads {
  private readonly byName = new Map<string, Head>();
  private readonly reader: EventReader;

  constructor(reader: EventReader) {
    this.reader = reader;
  }

  of(stream: string): Head {
    const known = this.byName.get(stream);
    if (known !== undefined) {
      this.byName.delete(stream);
      this.byName.set(stream, known);
      return known;
    }
    const head = this.load(stream);
    if (stream.length <= LIMIT_NAME) this.byName.set(stream, head);
    for (const oldest of this.byName.keys()) {
      if (this.byName.size <= LIMIT_HEADS) break;
      this.byName.delete(oldest);
    }
    return head;
  }

  /** A stream as it was when the log ended at a position, which must not be older than the last one that readers saw. */
  at(stream: string, position: number): Head {
    const head = this.of(stream);
    return head.position <= position ? head : this.load(stream, position);
  }

  facts(stream: string): StreamFacts {
    const head = this.of(stream);
    return {
      lastRevision: head.tombstoned ? -1 : head.lastRevision,
      tombstoned: head.tombstoned,
      softDeleted: head.metadata.softDeleted,
      hasMetadata: head.metadataRevision >= 0,
    };
  }

  appended(stream: string, id: number, revision: number, position: number): void {
    const head = this.byName.get(stream);
    if (head !== undefined) {
      head.id = id;
      head.lastRevision = revision;
      head.tombstoned = revision === TOMBSTONE;
      head.position = position;
    }
    // The stream just written determines the original's metadata, and whether a metastream is deleted with its stream.
    if (isMetastream(stream)) this.byName.delete(originalOf(stream));
    if (revision === TOMBSTONE) this.byName.delete(metastreamOf(stream));
  }

  clear(): void {
    this.byName.clear();
  }

  private load(stream: string, position = Number.MAX_SAFE_INTEGER): Head {
    const own = this.last(stream, position);
    const meta = this.last(metastreamOf(stream), position);
    const original = isMetastream(stream) ? this.last(originalOf(stream), position) : NO_EVENT;
    return {
      id: own.id,
      lastRevision: own.revision,
      tombstoned: own.revision === TOMBSTONE || original.revision === TOMBSTONE,
      metadata: isMetastream(stream) ? METASTREAM_METADATA : this.metadataAt(meta.id, meta.revision),
      metadataRevision: meta.revision,
      position: Math.max(own.position, meta.position, original.revision === TOMBSTONE ? original.position : -1),
    };
  }

  private last(stream: string, position: number): LastEvent {
    const id = this.reader.streamId(stream);
    return id === undefined ? NO_EVENT : { id, ...this.reader.last(id, position) };
  }

  private metadataAt(metastream: number | undefined, revision: number): StreamMetadata {
    const json = this.rawMetadataAt(metastream, revision);
    return json === undefined ? NO_METADATA : parseMetadata(json);
  }

  /** The JSON last written to a stream's metadata, if it is JSON. */
  rawMetadata(stream: string): string | undefined {
    const { id, revision } = this.last(metastreamOf(stream), Number.MAX_SAFE_INTEGER);
    return this.rawMetadataAt(id, revision);
  }

  private rawMetadataAt(metastream: number | undefined, revision: number): string | undefined {
    const event = metastream === undefined || revision < 0 ? undefined : this.reader.one(metastream, revision);
    if (event === undefined) return undefined;
    const { json, data } = partsIn(event.frame);
    return json && data.length > 0 ? data.toString() : undefined;
  }
}
