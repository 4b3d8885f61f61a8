interface Remembered {
  stream: string;
  revision: number;
}

/** EventStoreDB's limit: 8 MB, with 16 bytes for each id, 12 for its place and 2 for each letter of the stream's name. */
const LIMIT_BYTES = 8 * 1024 * 1024;
const cost = (stream: string): number => 28 + 2 * stream.length;

/** The most recently appended ids, which make an append without an exact revision repeatable. */
export class RecentIds {
  private readonly byId = new Map<string, Remembered>();
  private bytes = 0;

  revision(stream: string, id: string): number | undefined {
    const found = this.byId.get(id);
    return found?.stream === stream ? found.revision : undefined;
  }

  /** If an id is used again in another stream, it stays known where it was first. */
  remember(stream: string, id: string, revision: number): void {
    if (this.byId.has(id)) return;
    this.byId.set(id, { stream, revision });
    this.bytes += cost(stream);
    for (const oldest of this.byId.keys()) {
      if (this.bytes <= LIMIT_BYTES) break;
      this.forget(oldest);
    }
  }

  clear(): void {
    this.byId.clear();
    this.bytes = 0;
  }

  private forget(id: string): void {
    const known = this.byId.get(id);
    if (known === undefined) return;
    this.byId.delete(id);
    this.bytes -= cost(known.stream);
  }
}
