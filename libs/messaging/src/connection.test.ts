import { systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openMessaging } from "./connection.ts";
import { createBroker } from "./memory/broker.ts";
import { dialOn } from "./memory/dial.ts";
import { createLink } from "./memory/link.ts";

const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);
let others: NodeJS.UnhandledRejectionListener[];

beforeEach(() => {
  unhandled.length = 0;
  others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
});
afterEach(() => {
  process.off("unhandledRejection", note);
  for (const other of others) process.on("unhandledRejection", other);
});

const open = async () => {
  const runtime = systemRuntime();
  const link = createLink({ runtime }, () => true);
  const messaging = await openMessaging({ name: "test" }, async () => dialOn(createBroker(runtime), link));
  return { messaging, link };
};
const turn = () => new Promise(setImmediate);

test("a client that closes by itself ends the process", async () => {
  const { messaging, link } = await open();
  link.presence.close();
  await turn();
  expect(unhandled).toEqual([new Error("The NATS client has given up its connection.")]);
  expect(await messaging.check()).toBe("not connected");
});

test("a client that is closed ends nothing", async () => {
  const { messaging } = await open();
  await messaging.close();
  await turn();
  expect(unhandled).toEqual([]);
});
