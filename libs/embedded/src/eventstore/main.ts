import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { createLineWriter } from "@touchline/service/line-writer";
import { BadArguments, readArguments, USAGE } from "./arguments.ts";
import { createLog } from "./log.ts";
import { type Node, startNode } from "./node.ts";
import { openStore } from "./open.ts";
import { UnusableStore } from "./store/database.ts";
import type { EventStore } from "./store/store.ts";

// Messages are short-lived. Under load, V8 would let their part of the heap grow beyond 100 MB; it need not grow at all.
setFlagsFromString("--semi-space-growth-factor=1");

// Events hold names and numbers, so only this process's own user may read its files.
process.umask(0o077);

/** How long clients have to read the last answers. */
const READING_MS = 250;

const lines = createLineWriter(2);
const log = createLog(process.env.LOG_LEVEL, lines.write);

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  const store = await openStore({
    folder: options.dataFolder,
    warn: (message) => log("warn", message),
    fatal: (error) => {
      log("fatal", "The disk failed. Stopping, so that nothing is acknowledged that may not be stored.", {
        error: String(error),
      });
      process.exit(1);
    },
  });
  const credentials = { username: "admin", password: process.env.EVENTSTORE_ADMIN_PASSWORD ?? "changeit" };
  const node = await startNode(store, { ...options, credentials });

  let stopping = false;
  const stop = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    log("info", "Stopping.", { reason });
    stopInOrder(node, store).then(
      () => process.exit(0),
      (error: unknown) => {
        log("error", "Could not stop in order.", { error: String(error) });
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
  // The program that started us holds the other end. When it is gone, however it ended, we stop too.
  if (process.connected) process.on("disconnect", () => stop("The parent process is gone."));

  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  const url = `esdb://${host}:${node.port}?tls=false`;
  createLineWriter(1).write(`${JSON.stringify({ msg: "ready", url, port: node.port })}\n`);
  // For a supervisor that holds a channel. If it is already gone, the error does not matter.
  process.send?.({ ready: true }, undefined, undefined, () => {});
}

async function stopInOrder(node: Node, store: EventStore): Promise<void> {
  // No call may be ended while its stored appends are unanswered. Clients that go on sending would have their connection
  // reset, and lose answers that they have not read yet.
  await store.drain();
  await sleep(READING_MS);
  await node.stop();
  await store.close();
}

main().catch((error: unknown) => {
  if (error instanceof BadArguments) {
    lines.write(`${error.message}\n\n${USAGE}\n`);
    process.exit(2);
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
  log(
    "fatal",
    error instanceof Error ? error.message : String(error),
    error instanceof UnusableStore ? { cause } : { stack: error instanceof Error ? error.stack : undefined },
  );
  process.exit(1);
});
