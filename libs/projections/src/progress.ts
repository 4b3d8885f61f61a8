export interface Progress {
  /** Events applied so far. */
  readonly events: number;
  /** Events a second since the start. */
  readonly rate: number;
  /** How far into the log, by position: 0 to 1. */
  readonly fraction: number;
}

export type OnProgress = (progress: Progress) => void;

const BAR_WIDTH = 30;

/** One line for a terminal: `[#########.....................]  31%  120,000 events  24,000/s`. */
export const progressLine = ({ events, rate, fraction }: Progress): string => {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_WIDTH);
  const bar = "#".repeat(filled).padEnd(BAR_WIDTH, ".");
  const percent = `${Math.floor(fraction * 100)}%`.padStart(4);
  return `[${bar}] ${percent}  ${number(events)} events  ${number(Math.round(rate))}/s`;
};

const number = (value: number) => value.toLocaleString("en-GB");
