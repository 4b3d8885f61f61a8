import { connectMessaging, ensureStreams, type Messaging } from "@touchline/messaging";
import { type NatsCluster, startNatsCluster } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ops } from "./touchline.ts";

let cluster: NatsCluster;
let messaging: Messaging;

beforeAll(async () => {
  cluster = await startNatsCluster("ops-streams");
  messaging = await connectMessaging({ url: cluster.url, name: "test", replicas: 1 });
  await vi.waitFor(() => ensureStreams(messaging, ["CHAT", "EVENTS", "DEAD_LETTERS", "CHANGES"]), { timeout: 30_000 });
}, 60_000);

afterAll(async () => {
  await messaging?.close();
  await cluster?.stop();
});

const streams = async (...args: string[]) => ops({ NATS_URL: cluster.url }, "streams", ...args);
const listed = async () => JSON.parse((await streams("list", "--json")).out) as { copies: number; in_step: number }[];

test("streams with one copy get three, which are soon in step", async () => {
  expect((await listed()).map(({ copies }) => copies)).toEqual([1, 1, 1, 1]);
  expect(await streams("replicas", "3")).toMatchObject({ code: 0 });
  await vi.waitFor(
    async () => expect((await listed()).map(({ copies, in_step }) => [copies, in_step])).toEqual(Array(4).fill([3, 3])),
    { timeout: 60_000, interval: 1_000 },
  );
}, 90_000);

test("asking for more copies than there are servers is refused with the reason", async () => {
  const { code, err } = await streams("replicas", "5");
  expect(code).toBe(1);
  expect(err).toContain("NATS does not keep 5 copies");
});
