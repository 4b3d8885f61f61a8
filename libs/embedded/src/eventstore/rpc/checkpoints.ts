import { unknown } from "./failure.ts";
import type { FilterOptions } from "./read-request.ts";
import { checkpoint } from "./responses.ts";

/** The size of EventStoreDB's page. Checkpoint intervals are counted in pages when the client sets no window. */
const PAGE_EVENTS = 32;

/**
 * Decides when a filtered subscription reports how far it has searched. While it reads history, page by page, it reports the start
 * of the last page searched, and nothing at the end of history. Live, it reports the last event searched. Positions only increase.
 */
export class Checkpoints {
  private readonly interval: number;
  private readonly window: number;
  private live = false;
  private considered = 0;
  private pageStart = 0;
  private inPage = 0;
  private matchedInPage = 0;
  private last: number;

  constructor({ window, checkpointMultiplier }: FilterOptions, from: number) {
    if (checkpointMultiplier === 0) throw unknown("The checkpoint interval multiplier must be greater than 0.");
    if (window?.max === 0) throw unknown("The search window must be greater than 0.");
    this.window = window?.max ?? PAGE_EVENTS;
    this.interval = checkpointMultiplier * this.window;
    this.last = from;
  }

  /** Counts an event, and returns the checkpoint that is due after it, if any. */
  consider(position: number, matched: boolean): Buffer | undefined {
    if (this.inPage === 0) this.pageStart = position;
    this.inPage += 1;
    if (matched) this.matchedInPage += 1;
    if (this.live) return this.pageEnds(position, position);
    const full = this.inPage === this.window || this.matchedInPage === PAGE_EVENTS;
    return full ? this.pageEnds(this.pageStart, 0) : undefined;
  }

  caughtUp(): void {
    this.live = true;
    this.considered += this.inPage;
    this.inPage = 0;
    this.matchedInPage = 0;
  }

  /** Called when the tail no longer holds the next events: history is read by pages again. */
  fellBehind(): void {
    this.live = false;
  }

  private pageEnds(commit: number, prepare: number): Buffer | undefined {
    this.considered += this.inPage;
    this.inPage = 0;
    this.matchedInPage = 0;
    if (this.considered < this.interval) return undefined;
    this.considered %= this.interval;
    if (commit <= this.last) return undefined;
    this.last = commit;
    return checkpoint(commit, prepare);
  }
}
