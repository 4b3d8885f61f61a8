import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createLogger } from "@touchline/service";
import { axe, launchBrowser, targetSize } from "@touchline/testing/browser";
import type { FastifyInstance } from "fastify";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEdge } from "../src/edge/edge.ts";

const away = "http://127.0.0.1:1";
const club = { name: "Football Club of Much-Binding-in-the-Marsh", contact: "https://much-binding.example/contact/us" };
/** The page as Caddy sends it. */
const caddys = createServer((_request, response) => {
  response.writeHead(503, { "content-type": "text/html; charset=utf-8" });
  response.end(readFileSync(join(import.meta.dirname, "../../../deploy/caddy/away.html")));
});

let edge: FastifyInstance;
let browser: Browser;
const urls: Record<string, string> = {};

beforeAll(async () => {
  edge = await createEdge({ log: createLogger("test", "silent"), notification: away, paymentLink: away, club });
  urls.edge = `${await edge.listen({ host: "127.0.0.1", port: 0 })}/reg_setup/BRQ0001ABC`;
  await new Promise<void>((resolve) => caddys.listen(0, "127.0.0.1", resolve));
  urls.Caddy = `http://127.0.0.1:${(caddys.address() as AddressInfo).port}/reg_setup/BRQ0001ABC`;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await edge?.close();
  caddys.close();
});

test.each([
  ["edge", "light"],
  ["edge", "dark"],
  ["Caddy", "light"],
  ["Caddy", "dark"],
] as const)(
  "the page of a service that is away, by the %s, has nothing that axe finds, %s",
  async (by, colorScheme) => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 320, height: 640 } });
    const page = await context.newPage();
    expect((await page.goto(urls[by] ?? ""))?.status()).toBe(503);
    expect(await axe(page, { rules: targetSize })).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    await context.close();
  },
);
