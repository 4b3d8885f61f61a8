/**
 * The stand-in's own future: everything that will happen later runs through here, so that a test can wait until
 * nothing is left to happen, and stopping leaves nothing behind.
 */
export class Scheduler {
  readonly #controller = new AbortController();
  readonly #timers = new Map<NodeJS.Timeout, () => void>();
  #running = 0;
  #waiting: (() => void)[] = [];

  /** Aborted when the stand-in stops. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs the task after `ms`. A task that throws is a defect of the stand-in and ends the process. */
  after(ms: number, task: () => void | Promise<void>): void {
    if (this.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.run(task);
    }, ms);
    this.#timers.set(timer, () => clearTimeout(timer));
  }

  async run(task: () => void | Promise<void>): Promise<void> {
    if (this.signal.aborted) return;
    this.#running += 1;
    try {
      await task();
    } finally {
      this.#running -= 1;
      this.#release();
    }
  }

  /** Resolves when nothing is running or due. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#release();
    });
  }

  /** Waits `ms`, or less when the stand-in stops. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        this.signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.signal.addEventListener("abort", done);
    });
  }

  stop(): void {
    for (const clear of this.#timers.values()) clear();
    this.#timers.clear();
    this.#controller.abort();
    this.#release();
  }

  #release(): void {
    if (this.#running > 0 || this.#timers.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
