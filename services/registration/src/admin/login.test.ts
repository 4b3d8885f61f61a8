import { createHealth, createHttpServer, createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPeople } from "../people/people.ts";
import { registerBoard } from "./board.ts";

const TOKEN = "the-committee-knows-it";
const log = createLogger("test", "silent");

let app: ReturnType<typeof createHttpServer>;
let waits: number[];

beforeEach(() => {
  waits = [];
  app = createHttpServer({ log, metrics: createMetrics("test"), health: createHealth() });
  const runtime = { ...systemRuntime(), sleep: async (ms: number) => void waits.push(ms) };
  registerBoard(app, { people: createPeople(() => [], TOKEN), clubName: "Tigers", log, runtime });
});
afterEach(() => app.close());

const logIn = async (token: string, remoteAddress = "192.0.2.1"): Promise<number> => {
  const page = await app.inject({ url: "/admin/login", remoteAddress });
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? "";
  const { name = "", value = "" } = page.cookies[0] ?? {};
  const answer = await app.inject({
    method: "POST",
    url: "/admin/login",
    remoteAddress,
    cookies: { [name]: value },
    headers: { "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams({ token, csrf }).toString(),
  });
  return answer.statusCode;
};

const guess = async (times: number, address?: string) => {
  const answers: number[] = [];
  for (let i = 0; i < times; i++) answers.push(await logIn(`guess-${i}`, address));
  return answers;
};

test("somebody who guesses is answered more and more slowly", async () => {
  expect(await guess(10)).toEqual(Array(10).fill(403));
  expect(waits).toEqual([]);
  expect(await guess(8)).toEqual(Array(8).fill(429));
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
});

test("other people, and holders of the right token behind the same proxy, neither wait nor are locked out", async () => {
  await guess(20);
  waits.length = 0;
  expect(await logIn(TOKEN)).toBe(303);
  expect(await logIn("mistyped", "192.0.2.2")).toBe(403);
  expect(waits).toEqual([]);
});
