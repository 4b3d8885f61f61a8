import type { CancelTimer, Runtime } from "@touchline/service";

/**
 * The stand-in's own future: everything that will happen later runs through here, so that a test can wait until
 * nothing is left to happen, and stopping leaves nothing behind.
 */
export class Scheduler {
  readonly #controller = new AbortController();
  readonly #timers = new Set<CancelTimer>();
  readonly runtime: Runtime;
  #running = 0;
  #waiting: (() => void)[] = [];

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** Aborted when the stand-in stops. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs the task after `ms`, unless it is cancelled. A task that throws is a defect of the stand-in and ends the process. */
  after(ms: number, task: () => void | Promise<void>): CancelTimer {
    if (this.signal.aborted) return () => {};
    const cancel = this.runtime.after(ms, () => {
      this.#timers.delete(cancel);
      void this.run(task);
    });
    this.#timers.add(cancel);
    return () => {
      cancel();
      this.#timers.delete(cancel);
      this.#release();
    };
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
    return this.runtime.sleep(ms, this.signal);
  }

  stop(): void {
    for (const cancel of this.#timers) cancel();
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
