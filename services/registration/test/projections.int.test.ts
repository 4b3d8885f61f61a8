import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { nextPath, rebuild, verify } from "@touchline/projections";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registrationsProjection } from "../src/read-model/projection.ts";
import { connectGateway, zoe } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let gateway: ReturnType<typeof connectGateway>;
let store: EventStore;
let path: string;
const ids = Array.from({ length: 60 }, () => randomUUID());
const sockets: Socket[] = [];
const remember = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure);
  gateway = connectGateway(service.grpc);
  path = join(infrastructure.dataDir, "registration", "registrations.sqlite");
  for (const id of ids) await gateway.call("CompleteRegistration", zoe(id));
  for (const id of ids.slice(0, 20)) await gateway.call("CancelRegistration", { registration_id: id });
  subscribe("net.client.socket", remember);
  store = connectEventStore({ url: infrastructure.eventStore.url });
});

afterAll(async () => {
  unsubscribe("net.client.socket", remember);
  await store?.close();
  gateway?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const project = { projection: registrationsProjection };

const summary = (registrationId: string) => gateway.call("GetRegistration", { registration_id: registrationId });

test("the live file is what the events say; a rebuild beside it takes over while calls are answered", async () => {
  expect(await verify({ ...project, store, path })).toMatchObject({ found: 0, events: 80 });
  const before = await Promise.all(ids.map(summary));

  // Changed behind the service's back, so that the swap shows.
  const spoiler = new DatabaseSync(path);
  spoiler.exec("PRAGMA busy_timeout = 5000; UPDATE registrations SET team = 'Spoilt'");
  spoiler.close();
  expect(await verify({ ...project, store, path })).toMatchObject({ found: 60 });

  const answers = new Set<string>();
  let serving = true;
  const calls = (async () => {
    while (serving) {
      answers.add(String((await summary(ids[0] as string)).team));
      await sleep(1);
    }
  })();
  const { events } = await rebuild({ ...project, store, path });
  await expect.poll(() => [...answers]).toEqual(["Spoilt", "Tigers"]);
  serving = false;
  await calls;
  expect(events).toBe(80);
  expect(existsSync(nextPath(path))).toBe(false);
  expect(await Promise.all(ids.map(summary))).toEqual(before);

  // It continues from there.
  await gateway.call("CancelRegistration", { registration_id: ids[30] });
  expect(await summary(ids[30] as string)).toMatchObject({ payment_status: "cancelled" });
  await expect.poll(() => verify({ ...project, store, path })).toMatchObject({ found: 0, events: 81 });
});

test("neither of them talks to anybody but the event store", () => {
  const others = [...new Set(sockets.map((socket) => socket.remotePort))].filter(
    (port) =>
      port !== undefined && port !== infrastructure.eventStore.port && port !== Number(service.grpc.split(":")[1]),
  );
  expect(sockets.some((socket) => socket.remotePort === infrastructure.eventStore.port)).toBe(true);
  expect(others).toEqual([]);
});
