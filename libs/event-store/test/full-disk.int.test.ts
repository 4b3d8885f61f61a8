import { randomUUID } from "node:crypto";
import { type RunningEventStore, startEventStore } from "@touchline/embedded";
import { createHealth, createMetrics } from "@touchline/service";
import { type SmallDisk, smallDisk } from "@touchline/testing";
import { afterEach, expect, test } from "vitest";
import { connectEventStore, type EventStore, identify, reportStore } from "../src/index.ts";
import { event } from "./contract.ts";

let disk: SmallDisk | undefined;
let server: RunningEventStore | undefined;
let store: EventStore | undefined;

afterEach(async () => {
  await store?.close();
  await server?.stop();
  disk?.remove();
});

test("while the disk is full, appends are reported as failing, also if a repeat is answered", async (context) => {
  disk = smallDisk(2_000);
  if (!disk) return context.skip("this user may not mount a file system");
  server = await startEventStore({ dataDir: disk.path });
  const connected = connectEventStore({ url: server.url });
  store = connected;
  const health = createHealth();
  reportStore(connected, health, createMetrics("test"));
  const appendsWork = async () => (await health.report()).checks.event_store_appends?.ok;
  await identify(connected);
  const stream = `registration-${randomUUID()}`;
  const first = event(0);
  await connected.append(stream, [first], "no_stream");

  disk.fill();
  const fill = async () => {
    for (let revision = 0n; ; revision++) await connected.append(stream, [event(1)], revision);
  };
  await expect(fill()).rejects.toMatchObject({ name: "Fault" });
  await expect.poll(appendsWork).toBe(false);
  // Twice as long as a probe takes.
  const until = performance.now() + 5_000;
  while (performance.now() < until) {
    expect(await connected.append(stream, [first], "no_stream")).toMatchObject({ ok: true });
    expect(await appendsWork()).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }

  const read: string[] = [];
  disk.makeRoom();
  await expect.poll(appendsWork).toBe(true);
  for await (const { stream: name } of connected.readAll()) read.push(name);
  expect(new Set(read)).toEqual(new Set(["store-identity", stream]));
});
