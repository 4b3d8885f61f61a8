import { randomUUID } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { positionFloor } from "./database.ts";
import { type AppendDecision, decideAppend, decideDelete, type StoredIds } from "./decide.ts";
import { type Heads, isMetastream, metastreamOf } from "./heads.ts";
import { SOFT_DELETED_JSON, withTruncateBefore } from "./metadata.ts";
import { nextPosition } from "./positions.ts";
import type { EventReader } from "./reader.ts";
import { RecentIds } from "./recent-ids.ts";
import { checksum, encodeFrame, idIn, recordIn, TOMBSTONE } from "./record.ts";
import type { StoredEvent } from "./tail.ts";
import { firstVisible } from "./visible.ts";

export interface ProposedEvent {
  id: string;
  type: string;
  json: boolean;
  data: Uint8Array;
  customMetadata: Uint8Array;
}

export type WriteCommand =
  | { kind: "append"; stream: string; expected: number; events: readonly ProposedEvent[] }
  | { kind: "delete"; stream: string; expected: number }
  | { kind: "tombstone"; stream: string; expected: number };

export type WriteOutcome =
  | { kind: "success"; lastRevision: number; position: number | undefined }
  | { kind: "wrong-version"; lastRevision: number }
  | { kind: "deleted" };

/** Applies commands one after the other, inside a transaction that its caller begins and ends. */
export class Writer {
  /** The events of the current transaction. */
  private written: StoredEvent[] = [];
  private readonly recent = new RecentIds();
  private readonly insertEvent: StatementSync;
  private readonly insertStream: StatementSync;
  private readonly reader: EventReader;
  private readonly heads: Heads;
  private readonly floor: number;
  private lastPosition: number;

  constructor(database: DatabaseSync, reader: EventReader, heads: Heads) {
    this.reader = reader;
    this.heads = heads;
    this.floor = positionFloor(database);
    this.lastPosition = Math.max(reader.lastPosition(), this.floor);
    this.insertEvent = database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)");
    this.insertStream = database.prepare("INSERT INTO streams (name) VALUES (?)");
  }

  takeWritten(): StoredEvent[] {
    const { written } = this;
    this.written = [];
    return written;
  }

  /** Forgets everything remembered during a transaction that was rolled back. */
  reset(): void {
    this.written = [];
    this.recent.clear();
    this.heads.clear();
    this.lastPosition = Math.max(this.reader.lastPosition(), this.floor);
  }

  apply(command: WriteCommand, nowMs: number): WriteOutcome {
    const { stream } = command;
    const facts = this.heads.facts(stream);
    const decision =
      command.kind === "append"
        ? decideAppend(
            facts,
            command.expected,
            command.events.map((event) => event.id),
            this.storedIds(stream),
          )
        : decideDelete(facts, command.expected, command.kind === "delete" ? "soft" : "tombstone");
    // A soft delete is written to the metadata stream, which may itself be tombstoned.
    if (command.kind === "delete" && this.heads.of(metastreamOf(stream)).tombstoned) return { kind: "deleted" };
    const answer = this.answerWithoutWriting(decision, stream, facts.lastRevision, nowMs);
    if (answer !== undefined) return answer;
    if (command.kind === "append") {
      const undelete = decision.kind === "append" && decision.undelete;
      return this.append(stream, command.events, undelete, nowMs);
    }
    return command.kind === "delete" ? this.softDelete(stream, nowMs) : this.tombstone(stream, nowMs);
  }

  private answerWithoutWriting(
    decision: AppendDecision,
    stream: string,
    lastRevision: number,
    nowMs: number,
  ): WriteOutcome | undefined {
    switch (decision.kind) {
      case "append":
        return undefined;
      case "deleted":
        return { kind: "deleted" };
      case "wrong-version":
        return { kind: "wrong-version", lastRevision };
      case "repeat":
        return {
          kind: "success",
          lastRevision: decision.lastRevision,
          position: this.readablePosition(stream, decision.lastRevision, nowMs),
        };
    }
  }

  private append(stream: string, events: readonly ProposedEvent[], undelete: boolean, nowMs: number): WriteOutcome {
    const before = this.heads.of(stream).lastRevision;
    const original = isMetastream(stream) ? stream.slice(2) : undefined;
    const undeleteOriginal = original !== undefined && this.heads.facts(original).softDeleted;
    let revision = before;
    for (const event of events) {
      revision += 1;
      this.insert(stream, event, revision, nowMs);
      this.recent.remember(stream, event.id, revision);
    }
    // EventStoreDB stores a record even when there are no events, and answers with its position; here it is the log's last.
    const position = events.length > 0 ? this.lastPosition : this.reader.lastPosition();
    if (undelete) this.truncateBefore(stream, before + 1, nowMs);
    if (undeleteOriginal && events.length > 0) {
      this.truncateBefore(original, this.heads.of(original).lastRevision + 1, nowMs);
    }
    return { kind: "success", lastRevision: revision, position };
  }

  private softDelete(stream: string, nowMs: number): WriteOutcome {
    const metastream = metastreamOf(stream);
    this.insertMetadata(metastream, SOFT_DELETED_JSON, nowMs);
    return { kind: "success", lastRevision: this.heads.of(metastream).lastRevision, position: this.lastPosition };
  }

  private tombstone(stream: string, nowMs: number): WriteOutcome {
    this.insert(stream, systemEvent("$streamDeleted", ""), TOMBSTONE, nowMs);
    return { kind: "success", lastRevision: TOMBSTONE, position: this.lastPosition };
  }

  /** A deleted stream that comes back hides its old events, and keeps the rest of its metadata. */
  private truncateBefore(stream: string, revision: number, nowMs: number): void {
    const json = withTruncateBefore(this.heads.rawMetadata(stream) ?? "", revision);
    if (json !== undefined) this.insertMetadata(metastreamOf(stream), json, nowMs);
  }

  private insertMetadata(metastream: string, json: string, nowMs: number): void {
    this.insert(metastream, systemEvent("$metadata", json), this.heads.of(metastream).lastRevision + 1, nowMs);
  }

  private insert(stream: string, event: ProposedEvent, revision: number, nowMs: number): void {
    const id = this.heads.of(stream).id ?? this.createStream(stream);
    const size = event.data.length + event.customMetadata.length + event.type.length;
    const position = nextPosition(this.lastPosition, size, nowMs);
    const frame = encodeFrame({ ...event, stream: Buffer.from(stream), revision, position, createdMs: nowMs });
    this.insertEvent.run(position, id, revision, nowMs, checksum(frame), frame);
    this.lastPosition = position;
    this.heads.appended(stream, id, revision, position);
    this.written.push({ position, stream: id, revision, createdMs: nowMs, frame });
  }

  private createStream(stream: string): number {
    return Number(this.insertStream.run(Buffer.from(stream)).lastInsertRowid);
  }

  /** EventStoreDB gives the position of an event that was stored before only if it can still be read. */
  private readablePosition(stream: string, revision: number, nowMs: number): number | undefined {
    const head = this.heads.of(stream);
    if (head.id === undefined || head.metadata.softDeleted) return undefined;
    if (revision < firstVisible(this.reader, head, nowMs)) return undefined;
    return this.reader.one(head.id, revision)?.position;
  }

  private storedIds(stream: string): StoredIds {
    return {
      recentRevision: (id) => this.recent.revision(stream, id),
      idAt: (revision) => {
        const { id } = this.heads.of(stream);
        const event = id === undefined ? undefined : this.reader.one(id, revision);
        return event === undefined ? undefined : idIn(recordIn(event.frame));
      },
    };
  }
}

const systemEvent = (type: string, json: string): ProposedEvent => ({
  id: randomUUID(),
  type,
  json: json !== "",
  data: Buffer.from(json),
  customMetadata: Buffer.alloc(0),
});
