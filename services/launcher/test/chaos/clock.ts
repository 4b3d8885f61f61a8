import { existsSync, writeFileSync } from "node:fs";
import { arch } from "node:process";

const LIBRARIES = {
  arm64: "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
  x64: "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
} as Partial<Record<string, string>>;

/** The clock of one process: its time of day steps, its monotonic clock does not. */
export interface SteppingClock {
  readonly env: Readonly<Record<string, string>>;
  /** Away from the machine's clock, from within a second on. */
  step(seconds: number): void;
}

/** By Debian's libfaketime. `file` says how far the clock is off. */
export const steppingClock = (file: string): SteppingClock => {
  const library = LIBRARIES[arch];
  if (library === undefined || !existsSync(library)) {
    throw new Error("libfaketime is missing. On Debian: apt-get install faketime");
  }
  const step = (seconds: number) => writeFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  step(0);
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  return { env, step };
};
