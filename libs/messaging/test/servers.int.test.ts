import { join } from "node:path";
import { type RunningNats, startNats } from "@touchline/embedded";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectMessaging, ensureStreams, type Messaging } from "../src/index.ts";

let folder: TemporaryFolder;
let running: Map<string, RunningNats>;
let messaging: Messaging | undefined;

beforeEach(() => {
  folder = temporaryFolder("nats-servers");
  running = new Map();
});

afterEach(async () => {
  await messaging?.close();
  for (const [name, { pid }] of running) {
    process.kill(pid, "SIGCONT");
    await stop(name);
  }
  folder.remove();
});

const server = async (name: string, port?: number): Promise<RunningNats> => {
  const started = await startNats({ dataDir: join(folder.path, name), ...(port && { port }) });
  running.set(name, started);
  return started;
};

const stop = async (name: string): Promise<void> => {
  await running.get(name)?.stop();
  running.delete(name);
};

test("a start succeeds when one of several servers is down", async () => {
  const gone = await server("gone");
  await stop("gone");
  const here = await server("here");
  messaging = await connectMessaging({ url: `${gone.url},${here.url}`, name: "test" });
  await ensureStreams(messaging);
  expect(await messaging.check()).toBeUndefined();
});

test("the client leaves a frozen server for another", async () => {
  const other = await server("other");
  await stop("other");
  const first = await server("first");
  messaging = await connectMessaging({ url: `${first.url},${other.url}`, name: "test" });
  await server("other", other.port);
  process.kill(first.pid, "SIGSTOP");
  // With defaults, the client would stay with it for half a minute.
  const connected = messaging;
  await vi.waitFor(() => ensureStreams(connected), { timeout: 20_000, interval: 250 });
}, 40_000);
