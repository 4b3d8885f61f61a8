import { ConfigError } from "./env.ts";
import { createHealth, type Health } from "./health.ts";
import { createLineWriter, type LineWriter } from "./line-writer.ts";
import { createLogger, type Logger } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { type Runtime, systemRuntime } from "./runtime.ts";

export interface ServiceContext {
  readonly name: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  /** The only source of time, timers and randomness; passed down from here. */
  readonly runtime: Runtime;
  /** Aborts when the service is asked to stop: loops end, and servers accept nothing new. */
  readonly signal: AbortSignal;
  /** Registers something to close at the end. The last one registered is closed first. */
  readonly onClose: (close: () => unknown) => void;
}

export interface RunOptions {
  /** Whether requests can be answered while the service still waits for other dependencies. Its own checks say when. */
  readonly answersBeforeStarted?: boolean;
}

const SHUTDOWN_MS = 10_000;
/** `EX_CONFIG` in sysexits.h: a supervisor need not try again. */
const EXIT_CONFIG = 78;

/**
 * Runs a service process: calls `start`, reports that the service is ready, and stops it in order on SIGTERM, on Ctrl-C, or when
 * the launcher that spawned it is gone. Work in flight has ten seconds to finish.
 */
export const runService = async (
  name: string,
  start: (context: ServiceContext) => Promise<void>,
  { answersBeforeStarted = false }: RunOptions = {},
): Promise<void> => {
  // Files are readable only by the service's own user: views and checkpoints hold names and numbers.
  process.umask(0o077);
  const metrics = createMetrics(name);
  const lines = countedLines(metrics);
  const log = createLogger(name, undefined, lines);
  const runtime = systemRuntime();
  const stopping = new AbortController();
  const closers: (() => unknown)[] = [];
  let asked = false;

  const stop = async (why: string, exitCode: number) => {
    if (asked) return;
    asked = true;
    log.info({ why }, "stopping");
    const cancel = runtime.after(SHUTDOWN_MS, () => {
      log.error("still busy after ten seconds; exiting anyway");
      process.exit(exitCode || 1);
    });
    stopping.abort();
    for (const close of closers.reverse()) {
      await Promise.resolve(close()).catch((err: unknown) => log.warn({ err }, "could not close everything cleanly"));
    }
    cancel();
    process.exit(exitCode);
  };

  // Libraries write to these directly.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  process.on("SIGTERM", () => void stop("SIGTERM", 0));
  process.on("SIGINT", () => void stop("SIGINT", 0));
  // The launcher holds the other end. When it dies, nothing else is left to stop this process.
  process.on("disconnect", () => void stop("the launcher is gone", 0));
  process.on("uncaughtException", (err) => {
    log.fatal({ err }, "defect");
    void stop("defect", 1);
  });

  let started = false;
  const health = createHealth(runtime);
  // The HTTP server answers before everything else is open; until then, "ready" would be wrong.
  health.add("started", () => (started ? undefined : "waiting for what it depends on"), {
    neededForTraffic: !answersBeforeStarted,
  });

  try {
    await start({
      name,
      log,
      metrics,
      health,
      runtime,
      signal: stopping.signal,
      onClose: (close) => void closers.push(close),
    });
    if (asked) return;
    started = true;
    log.info("ready");
    process.send?.({ ready: true });
  } catch (error) {
    if (error instanceof ConfigError) lines.write(`${name}: ${error.message}\n`);
    else if (isTakenPort(error))
      lines.write(`${name}: port ${error.port} is taken by another program. Stop it, or set another port.\n`);
    else log.fatal({ err: error }, "could not start");
    await stop("could not start", error instanceof ConfigError ? EXIT_CONFIG : 1);
  }
};

const countedLines = (metrics: Metrics): LineWriter => {
  const dropped = metrics.counter(
    "touchline_log_lines_dropped_total",
    "Log lines dropped because the disk was full, or nobody read the log.",
  );
  return createLineWriter(2, () => dropped.inc());
};

const isTakenPort = (error: unknown): error is NodeJS.ErrnoException & { readonly port: number } =>
  error instanceof Error && "code" in error && error.code === "EADDRINUSE" && "port" in error;
