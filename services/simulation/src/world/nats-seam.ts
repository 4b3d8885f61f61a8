import type { connectMessaging } from "@touchline/messaging";
import type { Crossing, Fate, MemoryNats } from "@touchline/messaging/memory";
import type { Running } from "../machine/machine.ts";
import type { Dice, Odds } from "./faults.ts";

export interface NatsSeam {
  readonly program: Running;
  readonly dice: Dice;
  readonly odds: Odds;
  readonly crash: (why: string) => void;
  readonly say: (what: string) => void;
}

const LATE = 0.25;
const LATEST_MS = 10;

/** How one program connects to NATS. A crossing may be late, lost, or the program's last act. */
export const natsFor = (nats: MemoryNats, seam: NatsSeam): typeof connectMessaging => {
  const { program, dice, odds, crash, say } = seam;
  const fate = (crossing: Crossing): Fate | undefined => {
    if (dice.hits(odds.crash)) crash(`at a NATS ${crossing}`);
    if (dice.hits(odds.nats)) {
      say(`nats: ${crossing} is lost`);
      return { lost: true };
    }
    // Its timers wait for the end of the pause, and so do their effects.
    if (program.pause.isPaused()) return { delayMs: 1 };
    return dice.hits(LATE) ? { delayMs: dice.between(0, LATEST_MS) } : undefined;
  };
  return (options) => nats.connect({ ...options, runtime: program.runtime, killed: program.killed, fate });
};
