/** Pino's numbers, as LOG_LEVEL is used everywhere else. */
const SEVERITY: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: 70,
};

export type Log = (level: "info" | "warn" | "error" | "fatal", msg: string, more?: object) => void;

/** JSON lines from a level upwards, "info" by default. There are too few to be worth a logger's start-up time. */
export function createLog(least: string | undefined, write: (line: string) => void): Log {
  const from = SEVERITY[least ?? "info"] ?? 30;
  return (level, msg, more = {}) => {
    if ((SEVERITY[level] ?? 0) < from) return;
    write(`${JSON.stringify({ level, time: new Date().toISOString(), msg, ...more })}\n`);
  };
}
