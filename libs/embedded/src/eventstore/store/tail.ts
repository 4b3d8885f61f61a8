import { namesIn } from "./record.ts";

export interface StoredEvent {
  position: number;
  stream: number;
  revision: number;
  createdMs: number;
  frame: Buffer;
}

const LIMIT_EVENTS = 1024;
const LIMIT_BYTES = 8 * 1024 * 1024;
/** The most events that a client which stops reading keeps in memory. */
const BURST = 64;

/**
 * The newest events, shared by all live subscriptions. Each has only a cursor, so a slow one costs nothing. A subscription that has
 * fallen behind the oldest event here must read from disk.
 */
export class Tail {
  private events: (LiveEvent | undefined)[] = [];
  private first = 0;
  private bytes = 0;
  private floor: number;

  /** @param floor the position of the last event that is *not* in here */
  constructor(floor: number) {
    this.floor = floor;
  }

  push(event: StoredEvent): void {
    this.events.push(new LiveEvent(event));
    this.bytes += event.frame.length;
    while (this.bytes > LIMIT_BYTES || this.events.length - this.first > LIMIT_EVENTS) this.dropOldest();
  }

  /** The next events after the cursor, or undefined when some are no longer here. */
  after(cursor: number): LiveEvent[] | undefined {
    if (cursor < this.floor) return undefined;
    let low = this.first;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.events[middle] as LiveEvent).position <= cursor) low = middle + 1;
      else high = middle;
    }
    return this.events.slice(low, low + BURST) as LiveEvent[];
  }

  private dropOldest(): void {
    const oldest = this.events[this.first] as LiveEvent;
    this.floor = oldest.position;
    this.bytes -= oldest.frame.length;
    this.events[this.first] = undefined;
    this.first += 1;
    if (this.first < LIMIT_EVENTS) return;
    this.events = this.events.slice(this.first);
    this.first = 0;
  }
}

/** Decodes its names once, however many filters check it. */
export class LiveEvent implements StoredEvent {
  readonly position: number;
  readonly stream: number;
  readonly revision: number;
  readonly createdMs: number;
  readonly frame: Buffer;
  private known: { stream: string; type: string } | undefined;

  constructor(event: StoredEvent) {
    this.position = event.position;
    this.stream = event.stream;
    this.revision = event.revision;
    this.createdMs = event.createdMs;
    this.frame = event.frame;
  }

  get names(): { stream: string; type: string } {
    this.known ??= namesIn(this.frame);
    return this.known;
  }
}
