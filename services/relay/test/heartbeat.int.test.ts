import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sendHeartbeats } from "../src/heartbeat.ts";

/** A busy machine is slow. */
const SLOW = { timeout: 20_000 };

/** Instead of a status: never answers. */
const HANGS = 0;

let server: Server;
let url: string;
let ending: AbortController;
/** What each path answers, and how often it was requested. */
let answers: Record<string, number>;
let asked: Record<string, number>;

beforeEach(async () => {
  answers = {};
  asked = {};
  ending = new AbortController();
  server = createServer(({ url: path = "" }, response) => {
    asked[path] = (asked[path] ?? 0) + 1;
    if (answers[path] === HANGS) return;
    response.writeHead(answers[path] ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  ending.abort();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const beat = (ready: () => boolean) => {
  const said: string[] = [];
  const done = sendHeartbeats({
    url: `${url}/beat/secret`,
    checks: [`${url}/other`],
    health: { report: async () => ({ ready: ready(), checks: {} }) },
    log: { warn: (sentence: string) => void said.push(sentence) },
    ask: async (asked, signal) => (await fetch(asked, { signal })).ok,
    runtime: systemRuntime(),
    signal: ending.signal,
    everyMs: 20,
  });
  return { said, done };
};
const beats = () => asked["/beat/secret"] ?? 0;

test("the heartbeat is sent only while all is well", { timeout: 60_000 }, async () => {
  let ready = true;
  const { said, done } = beat(() => ready);
  await expect.poll(beats, SLOW).toBeGreaterThan(1);
  for (const fail of [() => (ready = false), () => (answers["/other"] = 503)]) {
    fail();
    said.length = 0;
    // One may still be on its way.
    await expect.poll(() => said.length, SLOW).toBeGreaterThan(1);
    const until = beats();
    await expect.poll(() => said.length, SLOW).toBeGreaterThan(4);
    expect(beats()).toBe(until);
    [ready, answers["/other"]] = [true, 200];
    await expect.poll(beats, SLOW).toBeGreaterThan(until);
  }
  ending.abort();
  await done;
});

test("a URL that does not answer is logged, without the URL itself", async () => {
  answers["/beat/secret"] = 500;
  const { said } = beat(() => true);
  await expect.poll(() => said.length, SLOW).toBeGreaterThan(0);
  expect(said.join()).toContain("does not answer");
  expect(said.join()).not.toContain("secret");
});

test("a URL that never answers is given up after some seconds, and its connection is closed", async () => {
  answers["/beat/secret"] = HANGS;
  const { said } = beat(() => true);
  await expect.poll(() => said.length, SLOW).toBeGreaterThan(1);
  const open = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  // One to the other service, and one in progress.
  expect(open).toBeLessThanOrEqual(2);
});
