import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWorld } from "./families.ts";
import { type RunningService, startService } from "./harness.ts";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath) process.stderr.write("Chromium is missing: the board is not tested in a browser.\n");

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

describe.skipIf(!executablePath)("the board in a browser", () => {
  let infrastructure: Infrastructure;
  let service: RunningService;
  let world: ReturnType<typeof createWorld>;
  let browser: Browser;
  const [zoe, stuck] = [randomUUID(), randomUUID()];

  beforeAll(async () => {
    infrastructure = await startInfrastructure("registration");
    service = await startService(infrastructure, { CLUB_NAME: "Tigers" });
    world = createWorld(infrastructure.eventStore.url);
    await world.register(zoe, ["Zoë", "O'Neill"]);
    await world.token(zoe, "BRQ0000ZOE1");
    await world.text(zoe, "BRQ0000ZOE1", 0, ["delivered"]);
    await world.payment(zoe, "BRQ0000ZOE1", "paid");
    await world.register(stuck, ["Maximilian", "Featherstonehaugh-Cholmondeley"], 3);
    await world.token(stuck, "BRQ000STUCK", 3);
    await world.text(stuck, "BRQ000STUCK", 3, ["undelivered", "30005"]);
    browser = await chromium.launch({ executablePath: executablePath as string, args });
  });

  afterAll(async () => {
    await browser?.close();
    await world?.close();
    await service?.stop();
    await infrastructure?.stop();
  });

  /** A page, with everything that the browser complained about. */
  const open = async (
    path: string,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; complaints: string[] }> => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(service.http + path);
    return { page, complaints };
  };

  const isLive = (page: Page) => page.getByText("Live", { exact: true }).waitFor();

  const screens = [
    [320, "light"],
    [390, "dark"],
    [1200, "light"],
  ] as const;
  for (const [width, colorScheme] of screens) {
    test(`at ${width} px, ${colorScheme}: nothing to fix for axe, nothing sticks out`, async () => {
      const paths = [
        "/admin",
        "/admin?show=undelivered",
        `/admin/registrations/${zoe}`,
        `/admin/registrations/${stuck}`,
      ];
      for (const path of paths) {
        const { page, complaints } = await open(path, { viewport: { width, height: 800 }, colorScheme });
        await isLive(page);
        for (const summary of await page.locator("summary").all()) await summary.click();
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => `${path} ${id}: ${nodes.map((n) => n.html).join(" ")}`)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
        await page.context().close();
      }
    });
  }

  test("on a small phone every filter is in sight, also in a club of thousands", async () => {
    const { page } = await open("/admin", { viewport: { width: 320, height: 800 } });
    const tabs = page.locator(".tabs");
    await tabs.locator(".count").evaluateAll((counts) => {
      for (const count of counts) count.textContent = "5000";
    });
    for (const tab of await tabs.locator("a").all()) {
      const box = await tab.boundingBox();
      expect((box?.x ?? Infinity) + (box?.width ?? 0)).toBeLessThanOrEqual(320);
    }
    await page.context().close();
  });

  test("shows a new registration and each change of it without a reload, and keeps the focus where it was", async () => {
    const { page, complaints } = await open("/admin");
    await isLive(page);
    await page.locator(`#a-${zoe}`).focus();
    const id = randomUUID();
    await world.register(id, ["Leo", "Khan"]);
    const row = page.locator(`#r-${id}`);
    await row.getByText("Text waiting").waitFor();
    await world.token(id, "BRQ0000LEO1");
    await world.text(id, "BRQ0000LEO1", 0, ["delivered"]);
    await row.getByText("Text delivered").waitFor();
    await world.payment(id, "BRQ0000LEO1", "paid");
    await row.getByText("✓ Paid").waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe(`a-${zoe}`);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a new number is refused, corrected, reported, and the timeline follows by itself", async () => {
    const id = randomUUID();
    await world.register(id, ["Ivy", "Wilson"]);
    const { page, complaints } = await open(`/admin/registrations/${id}`);
    await page.getByText("Correct the number").click();
    await page.getByLabel("New mobile number").fill("020 7946 0000");
    await page.getByRole("button", { name: "Correct and text" }).click();
    await page.locator("#phone-violation").waitFor();
    expect(await page.getByLabel("New mobile number").inputValue()).toBe("020 7946 0000");
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.getByLabel("New mobile number").fill("07700 900789");
    await page.getByRole("button", { name: "Correct and text" }).click();
    await page.getByText("The number was corrected").waitFor();
    await page.getByText("The parent's number was corrected to +44•••••••789").waitFor();
    expect(new URL(page.url()).search).toBe("");

    await world.token(id, "BRQ0000IVY1");
    await page.getByText("The payment token was created").waitFor();
    await page.getByRole("button", { name: "Text the link again" }).click();
    await page.getByText("The link is being texted again.").waitFor();
    await page.getByText("Another text with the link was requested").waitFor();
    // Only the refusal's own status is worth a line in the console.
    expect(complaints.filter((text) => !text.includes("422"))).toEqual([]);
    await page.context().close();
  });

  test("everything but being live works without script", async () => {
    const { page } = await open("/admin", { javaScriptEnabled: false });
    await page.getByRole("link", { name: "Undelivered" }).click();
    await page.getByRole("link", { name: "Maximilian" }).click();
    await page.getByText("The text was not delivered").waitFor();
    await page.getByRole("button", { name: "Show the number" }).click();
    await page.getByText("+447700900123", { exact: true }).waitFor();
    await page.context().close();
  });
});
