import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CHUNK_SIZE = 4_096;
const HEADER_SIZE = 128;

const checkpoint = (position: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(position));
  return bytes;
};

/** A chunk as EventStoreDB writes it: header, room for the events, footer. */
const chunk = (number: number, { until = number, scavenged = false, bytes = CHUNK_SIZE } = {}): Buffer => {
  const file = Buffer.alloc(HEADER_SIZE + bytes + 128, `events of chunk ${number} `);
  file.fill(0, 0, HEADER_SIZE);
  file.writeUInt8(2, 0);
  file.writeUInt8(3, 1);
  file.writeInt32LE(CHUNK_SIZE, 2);
  file.writeInt32LE(number, 6);
  file.writeInt32LE(until, 10);
  file.writeInt32LE(scavenged ? 1 : 0, 14);
  return file;
};

export interface StoreFiles {
  readonly source: string;
  readonly target: string;
  /** Writes one file of the store, or removes it if there is no content. */
  readonly put: (name: string, content?: Buffer | string) => void;
  readonly remove: () => void;
}

export { checkpoint, chunk };

/** An event store's folder with three chunks, and an empty folder for backups. */
export const storeFiles = (): StoreFiles => {
  const root = mkdtempSync(join(tmpdir(), "touchline-backup-"));
  const source = join(root, "eventstore");
  const target = join(root, "backups");
  mkdirSync(join(source, "index", "stream-existence"), { recursive: true });
  mkdirSync(target);
  const put: StoreFiles["put"] = (name, content) => {
    if (content === undefined) rmSync(join(source, name));
    else writeFileSync(join(source, name), content);
  };
  const position = 2 * CHUNK_SIZE + 1_000;
  for (const name of ["chaser.chk", "writer.chk", "epoch.chk"]) put(name, checkpoint(position));
  put("truncate.chk", checkpoint(-1));
  put("chunk-000000.000001", chunk(0, { until: 1, scavenged: true, bytes: 700 }));
  put("chunk-000002.000000", chunk(2));
  put("index/indexmap", "a map\n");
  put("index/5a1a8395-94ee-40c1-bf93-aa757b5887f8", "an index");
  put("index/stream-existence/streamExistenceFilter.chk", checkpoint(position));
  return { source, target, put, remove: () => rmSync(root, { recursive: true, force: true }) };
};
