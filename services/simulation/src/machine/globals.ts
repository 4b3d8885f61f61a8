import crypto, { type BinaryLike } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import type { CancelTimer } from "@touchline/service";

export interface Source {
  readonly nowMs: () => number;
  readonly after: (ms: number, work: () => void) => CancelTimer;
  readonly random: () => number;
}

/** What Node's timers return. */
class VirtualTimer {
  readonly #start: () => CancelTimer;
  #cancel: CancelTimer;

  constructor(start: () => CancelTimer) {
    this.#start = start;
    this.#cancel = start();
  }

  cancel(): void {
    this.#cancel();
  }
  refresh(): this {
    this.#cancel();
    this.#cancel = this.#start();
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

/**
 * Replaces what libraries take from the machine by themselves: the wall clock, timers, randomness. Touchline's own code has its
 * `Runtime`; this is for the SDKs. Real disks and sockets are not replaced: work that waits for them is not seen.
 *
 * @returns a function that says whether a `setImmediate` is pending
 */
export const takeOverGlobals = (source: Source): (() => boolean) => {
  replaceClock(source);
  replaceRandomness(source);
  return replaceTimers(source);
};

const replaceClock = ({ nowMs }: Source): void => {
  const RealDate = Date;
  class VirtualDate extends RealDate {
    constructor(...args: unknown[]) {
      if (args.length === 0) super(nowMs());
      else super(...(args as [number]));
    }
    static override now(): number {
      return nowMs();
    }
    // Dates that Node makes itself are dates too.
    static override [Symbol.hasInstance](value: unknown): boolean {
      return Object.prototype.toString.call(value) === "[object Date]";
    }
  }
  globalThis.Date = VirtualDate as DateConstructor;
  performance.now = nowMs;
};

const replaceTimers = ({ after }: Source): (() => boolean) => {
  const realImmediate = setImmediate;
  let waiting = 0;
  const once = (work: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) =>
    new VirtualTimer(() => after(ms, () => work(...args)));
  const again = (work: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) =>
    new VirtualTimer(() => {
      let cancel: CancelTimer = () => {};
      const next = () => {
        cancel = after(ms, () => {
          next();
          work(...args);
        });
      };
      next();
      return () => cancel();
    });
  const clear = (timer: unknown) => timer instanceof VirtualTimer && timer.cancel();
  const immediate = (work: (...args: unknown[]) => void, ...args: unknown[]) => {
    waiting++;
    return realImmediate(() => {
      waiting--;
      work(...args);
    });
  };
  const replaced = {
    setTimeout: once,
    setInterval: again,
    clearTimeout: clear,
    clearInterval: clear,
    setImmediate: immediate,
  };
  Object.assign(timers, replaced);
  Object.assign(globalThis, replaced);
  syncBuiltinESMExports();
  return () => waiting > 0;
};

const replaceRandomness = ({ random }: Source): void => {
  const bytes = (size: number) => Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
  const uuid = () => uuidFrom(random);
  const int = (from: number, to?: number) =>
    to === undefined ? Math.floor(random() * from) : from + Math.floor(random() * (to - from));
  const fill = (array: BinaryLike) => {
    const view = array as unknown as Uint8Array;
    view.set(bytes(view.byteLength));
    return array;
  };
  Object.assign(crypto, { randomBytes: bytes, randomUUID: uuid, randomInt: int, randomFillSync: fill });
  Object.assign(globalThis.crypto, { randomUUID: uuid, getRandomValues: fill });
  Math.random = random;
  syncBuiltinESMExports();
};

export const uuidFrom = (random: () => number): string => {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
};
