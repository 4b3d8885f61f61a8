import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checksum } from "./record.ts";
import type { StoredEvent } from "./tail.ts";

/** A page also ends with the event that fills it, so that large events do not add up. */
const PAGE_EVENTS = 256;
const PAGE_BYTES = 128 * 1024;

export class CorruptEvent extends Error {
  override name = "CorruptEvent";
}

const COLUMNS = "SELECT position, stream, revision, created, crc, frame FROM events";

/**
 * Reads pages of events in the order of the log or of one stream. Nothing is kept open between pages, so a slow reader
 * does not block commits or checkpoints.
 */
export class EventReader {
  private readonly statements: Record<
    "after" | "before" | "up" | "down" | "one" | "at" | "created" | "head" | "streamId" | "last",
    StatementSync
  >;

  constructor(database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    this.statements = {
      after: prepare(`${COLUMNS} WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`),
      before: prepare(`${COLUMNS} WHERE position < ? ORDER BY position DESC LIMIT ?`),
      up: prepare(`${COLUMNS} WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`),
      down: prepare(`${COLUMNS} WHERE stream = ? AND revision <= ? ORDER BY revision DESC LIMIT ?`),
      one: prepare(`${COLUMNS} WHERE stream = ? AND revision = ?`),
      at: prepare("SELECT 1 FROM events WHERE position = ?"),
      created: prepare("SELECT created FROM events WHERE stream = ? AND revision = ?"),
      head: prepare(
        "SELECT revision, position FROM events WHERE stream = ? AND position <= ? ORDER BY revision DESC LIMIT 1",
      ),
      streamId: prepare("SELECT id FROM streams WHERE name = ?"),
      last: prepare("SELECT max(position) FROM events"),
    };
  }

  /** All events after a position, up to another. */
  after(position: number, last: number, limit: number): StoredEvent[] {
    return page(this.statements.after, limit, position, last);
  }

  /** All events before a position, newest first. */
  before(position: number, limit: number): StoredEvent[] {
    return page(this.statements.before, limit, position);
  }

  /** A stream's events from a revision on. */
  up(stream: number, revision: number, limit: number): StoredEvent[] {
    return page(this.statements.up, limit, stream, revision);
  }

  /** A stream's events from a revision downwards. */
  down(stream: number, revision: number, limit: number): StoredEvent[] {
    return page(this.statements.down, limit, stream, revision);
  }

  one(stream: number, revision: number): StoredEvent | undefined {
    const row = this.statements.one.get(stream, revision);
    return row === undefined ? undefined : verified(row as unknown as Row);
  }

  isAt(position: number): boolean {
    return this.statements.at.get(position) !== undefined;
  }

  createdAt(stream: number, revision: number): number | undefined {
    const row = this.statements.created.get(stream, revision) as unknown as [number] | undefined;
    return row?.[0];
  }

  /** A stream's last event among those up to a position; -1 if there is none. */
  last(stream: number, lastPosition: number): { revision: number; position: number } {
    const row = this.statements.head.get(stream, lastPosition) as unknown as [number, number] | undefined;
    return { revision: row?.[0] ?? -1, position: row?.[1] ?? -1 };
  }

  streamId(name: string): number | undefined {
    const row = this.statements.streamId.get(Buffer.from(name)) as unknown as [number] | undefined;
    return row?.[0];
  }

  lastPosition(): number {
    const row = this.statements.last.get() as unknown as [number | null] | undefined;
    return row?.[0] ?? -1;
  }
}

type Row = [position: number, stream: number, revision: number, created: number, crc: number, frame: Uint8Array];

function page(statement: StatementSync, limit: number, ...key: number[]): StoredEvent[] {
  const events: StoredEvent[] = [];
  let bytes = 0;
  for (const row of statement.iterate(...key, Math.min(limit, PAGE_EVENTS))) {
    const event = verified(row as unknown as Row);
    events.push(event);
    bytes += event.frame.length;
    if (bytes >= PAGE_BYTES) break;
  }
  return events;
}

/** A damaged event is never passed on. */
function verified([position, stream, revision, createdMs, crc, bytes]: Row): StoredEvent {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (checksum(frame) !== crc) throw new CorruptEvent(`The event at position ${position} is damaged on the disk.`);
  return { position, stream, revision, createdMs, frame };
}
