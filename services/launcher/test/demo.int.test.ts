import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { hasBrowser, launchBrowser } from "@touchline/testing/browser";
import { type ServiceProcess, startProcess } from "@touchline/testing/stack";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePorts } from "../src/ports.ts";

const run = (args: readonly string[], env: Record<string, string>) =>
  startProcess("services/launcher/src/demo.ts", { args, env, ready: "nothing" });

test("npm run demo -- --once plays one registration, prints its timeline and ends", async () => {
  const { path, remove } = temporaryFolder("once");
  const { ended, output } = await run(["--once"], { DATA_DIR: path, LOG_LEVEL: "warn" });
  const code = await ended;
  expect(output()).toMatch(/\d\d:\d\d:\d\d\.\d{3} {2}registration {2}RegistrationCompleted/);
  for (const [service, type] of [
    ["payment-link", "PaymentTokenCreated"],
    ["notification", "SmsRequested"],
    ["notification", "SmsAttemptStarted"],
    ["notification", "SmsAccepted"],
    ["notification", "SmsStatusReported"],
    ["payment-link", "PaymentFulfilled"],
  ] as const) {
    expect(output()).toMatch(new RegExp(`\\d{3} {2}${service} +${type}`));
  }
  expect(output()).toContain("The text was delivered and the fee is paid.");
  expect(code).toBe(0);
  const open = readdirSync(path, { recursive: true, encoding: "utf8" }).filter(
    (name) => (lstatSync(join(path, name)).mode & 0o077) !== 0,
  );
  expect(open, "what other users of the machine may read").toEqual([]);
  const again = await run(["--once"], { DATA_DIR: path, LOG_LEVEL: "warn" });
  expect(await again.ended, again.output()).toBe(0);
  remove();
});

describe.skipIf(!hasBrowser)("in a browser (needs Chromium)", () => {
  let folder: TemporaryFolder;
  let demo: ServiceProcess;
  let sandboxUrl: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = temporaryFolder("demo");
    const ports = await freePorts({});
    sandboxUrl = `http://127.0.0.1:${ports.SANDBOX_PORT}`;
    demo = await run([], { ...ports, DATA_DIR: folder.path, LOG_LEVEL: "warn" });
    browser = await launchBrowser();
    await vi.waitUntil(() => demo.output().includes("type lah into the chat"), { timeout: 60_000 });
  });

  afterAll(async () => {
    await browser?.close();
    demo.child.kill("SIGINT");
    expect(await demo.ended).toBe(0);
    folder.remove();
  });

  test("typing lah in the chat, tapping the link and paying shows the registration paid in the chat", async () => {
    // As itself, headless Chromium would be taken for a program that draws previews.
    const userAgent = "Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile";
    const page = await browser.newPage({ viewport: { width: 390, height: 844 }, userAgent });
    await page.goto(sandboxUrl);
    await page.getByTestId("chat-input").fill("lah");
    await page.getByTestId("chat-send").click();
    const registration = page.getByTestId("registration").last();
    await registration.locator('[data-step="Delivered"][data-state=done]').waitFor();
    const [payment] = await Promise.all([
      page.context().waitForEvent("page"),
      page.getByTestId("sms-link").last().click(),
    ]);
    await payment.getByTestId("gc-pay").click();
    await payment.waitForURL("**/thanks");
    expect(await payment.locator("h1").textContent()).toMatch(/thank/i);
    await registration.locator('[data-step="Paid"][data-state=done]').waitFor();
  });
});
