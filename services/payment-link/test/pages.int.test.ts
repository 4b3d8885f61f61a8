import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { axe, launchBrowser, targetSize } from "@touchline/testing/browser";
import Fastify, { type FastifyInstance } from "fastify";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPages, type PageName, pageNames } from "../src/pages/pages.ts";
import { sendPage } from "../src/pages/send.ts";

const club = {
  name: "Zoë’s Tigers 🐯 & Lions <Junior> Football Club of Much-Binding-in-the-Marsh",
  contact: "treasurer@tigers.example",
};
const fees = "£45 once, then £27.50 a month from 1 September to 1 May by Direct Debit";
/** Set to save screenshots of the pages in docs/screenshots. */
const keep = process.env.KEEP_SCREENSHOTS ? join(import.meta.dirname, "../../../docs/screenshots") : undefined;

let app: FastifyInstance;
let browser: Browser;
let url: string;
let visits = 0;
/** One for each kind: a new one takes longer than most visits. */
const screens = new Map<string, Promise<Page>>();

beforeAll(async () => {
  const pages = createPages(keep ? { ...club, name: "Tigers FC" } : club, { plainHttp: true, offersStop: true });
  app = Fastify();
  app.get<{ Params: { name: PageName } }>("/reg_setup/:name", (request, reply) => {
    visits++;
    const page = pages.page(request.params.name, { id: "BRQ0001ABC", fees: () => fees });
    // Only if a test waits for it; other tests need the page not to reload.
    const { refresh: _, ...still } = page.headers;
    sendPage(reply, "reloading" in (request.query as object) ? page : { ...page, headers: still });
  });
  app.addContentTypeParser("*", (_request, body, done) => done(null, void body.resume()));
  app.post("/reg_setup/BRQ0001ABC/continue", (_request, reply) => reply.redirect(`${url}/reg_setup/thanks`, 303));
  url = await app.listen({ port: 0, host: "127.0.0.1" });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const screen = async (colorScheme: "light" | "dark", width: number): Promise<Page> => {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 640 }, deviceScaleFactor: 2 });
  return context.newPage();
};

/** Each visit is a new document. */
const visit = async (
  name: PageName | `${PageName}?reloading`,
  { colorScheme = "light", width = 320 }: { colorScheme?: "light" | "dark"; width?: number },
  look: (page: Page) => Promise<void>,
): Promise<void> => {
  const kind = `${colorScheme} ${width}`;
  const opened = screens.get(kind) ?? screen(colorScheme, width);
  screens.set(kind, opened);
  const page = await opened;
  await page.goto(`${url}/reg_setup/${name}`);
  await look(page);
};

describe.each(pageNames)("the page %s", (name) => {
  test.each(["light", "dark"] as const)(
    "has no accessibility faults that axe finds, on a small phone, %s",
    async (colorScheme) => {
      await visit(name, { colorScheme }, async (page) => {
        expect(await axe(page, { rules: targetSize })).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
        if (keep) {
          mkdirSync(keep, { recursive: true });
          await page.screenshot({ path: join(keep, `payment-link-${name.replaceAll("_", "-")}-${colorScheme}.png`) });
        }
      });
    },
  );

  test("is styled under its own content security policy, and names the club and how to contact it", async () => {
    await visit(name, { width: 1_280 }, async (page) => {
      expect(await page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius")).not.toBe("0px");
      const text = (await page.textContent("body")) ?? "";
      expect(text).toContain(keep ? "Tigers FC" : club.name);
      expect(text).toContain(club.contact);
      expect(await page.$$("script")).toEqual([]);
    });
  });

  test("has the club's name as the club writes it", async () => {
    const answer = await fetch(`${url}/reg_setup/${name}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.toString("utf8")).toContain(keep ? "Tigers FC" : "Zoë’s Tigers 🐯 &amp; Lions &lt;Junior&gt;");
    expect(answer.headers.get("content-length")).toBe(String(bytes.length));
  });

  test("can be read at twice the size", async () => {
    await visit(name, {}, async (page) => {
      await page.evaluate("document.documentElement.style.fontSize = '225%'");
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    });
  });
});

test("the try-again page tries again by itself", async () => {
  await visit("try_again?reloading", {}, async (page) => {
    const before = visits;
    await page.waitForEvent("framenavigated", { timeout: 30_000 });
    expect(visits).toBeGreaterThan(before);
  });
});

test("the page after leaving GoCardless leads back to the link", async () => {
  await visit("came_back", {}, async (page) => {
    expect(await page.getAttribute("a.go", "href")).toBe("/reg_setup/BRQ0001ABC");
  });
});

test("the page for previews leads a parent on, even by keyboard", async () => {
  await visit("preview", {}, async (page) => {
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Continue to payment");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url}/reg_setup/thanks`);
  });
});
