import { unknown } from "./failure.ts";
import type { FilterOptions } from "./read-request.ts";
import { checkpoint } from "./responses.ts";

/** The size of EventStoreDB's page. Checkpoint intervals are counted in pages when the client sets no window. */
const PAGE_EVENTS = 32;

/**
 * Decides when a filtered subscription reports how far it has searched: while it reads history, at the end of a page, with the page's
 * start or the last matching event; at the end of history, with the last matching event; live, with the last event searched. Positions
 * only increase.
 */
export class Checkpoints {
  private readonly interval: number;
  private readonly window: number;
  private live = false;
  private considered = 0;
  private pageStart = 0;
  private inPage = 0;
  private matchedInPage = 0;
  /** The position for the next checkpoint. */
  private commit = -1;
  private prepare = -1;
  /** Whether that position is newer than the last checkpoint's. */
  private unsent = false;

  constructor({ window, checkpointMultiplier }: FilterOptions) {
    if (checkpointMultiplier === 0) throw unknown("The checkpoint interval multiplier must be greater than 0.");
    if (window?.max === 0) throw unknown("The search window must be greater than 0.");
    this.window = window?.max ?? PAGE_EVENTS;
    this.interval = checkpointMultiplier * this.window;
  }

  /** Everything up to this position has been searched and sent. With prepare position 0, the event there has not. */
  reach(commit: number, prepare: number): void {
    if (commit < this.commit || (commit === this.commit && prepare <= this.prepare)) return;
    this.commit = commit;
    this.prepare = prepare;
    this.unsent = true;
  }

  /** Counts an event, and returns the checkpoint that is due after it, if any. */
  consider(position: number, matched: boolean): Buffer | undefined {
    if (matched) this.reach(position, position);
    if (this.live) return this.considerLive(position);
    if (this.inPage === 0) this.pageStart = position;
    this.inPage += 1;
    if (matched) this.matchedInPage += 1;
    if (this.inPage < this.window && this.matchedInPage < PAGE_EVENTS) return undefined;
    this.considered += this.inPage;
    this.inPage = 0;
    this.matchedInPage = 0;
    if (this.considered < this.interval) return undefined;
    this.considered %= this.interval;
    this.reach(this.pageStart, 0);
    return this.checkpoint();
  }

  /** Returns the last checkpoint of history, if any. */
  caughtUp(): Buffer | undefined {
    this.live = true;
    this.considered = 0;
    this.inPage = 0;
    this.matchedInPage = 0;
    return this.checkpoint();
  }

  /** Called when the tail no longer holds the next events: history is read by pages again. */
  fellBehind(): void {
    this.live = false;
    this.considered = 0;
  }

  private considerLive(position: number): Buffer | undefined {
    this.considered += 1;
    if (this.considered < this.interval) return undefined;
    this.considered = 0;
    this.reach(position, position);
    return this.checkpoint();
  }

  private checkpoint(): Buffer | undefined {
    if (!this.unsent) return undefined;
    this.unsent = false;
    return checkpoint(this.commit, this.prepare);
  }
}
