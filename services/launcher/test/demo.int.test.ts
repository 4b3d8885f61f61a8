import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePorts } from "../src/ports.ts";
import { processesOf, root } from "./running.ts";

const run = (args: readonly string[], env: Record<string, string>) => {
  const child = spawn(process.execPath, ["services/launcher/src/demo.ts", ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      told += chunk.toString();
    });
  }
  return { child, ended: once(child, "exit") as Promise<[number | null]>, told: () => told };
};

test("npm run demo -- --once plays one registration, prints its timeline and ends", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-once-"));
  const { ended, told } = run(["--once"], { DATA_DIR: dataDir });
  const [code] = await ended;
  expect(told()).toMatch(/\d\d:\d\d:\d\d\.\d{3} {2}registration {2}RegistrationCompleted/);
  for (const [service, type] of [
    ["payment-link", "PaymentTokenCreated"],
    ["notification", "SmsRequested"],
    ["notification", "SmsAttemptStarted"],
    ["notification", "SmsAccepted"],
    ["notification", "SmsStatusReported"],
    ["payment-link", "PaymentFulfilled"],
  ] as const) {
    expect(told()).toMatch(new RegExp(`\\d{3} {2}${service} +${type}`));
  }
  expect(told()).toContain("The text was delivered and the fee is paid.");
  expect(code).toBe(0);
  expect(processesOf(dataDir)).toEqual([]);
  rmSync(dataDir, { recursive: true, force: true });
});

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

describe.skipIf(!existsSync(executablePath))("in a browser (needs Chromium)", () => {
  let dataDir: string;
  let demo: { child: ChildProcess; ended: Promise<[number | null]>; told: () => string };
  let sandboxUrl: string;
  let browser: Browser;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "touchline-demo-"));
    const ports = await freePorts({});
    sandboxUrl = `http://127.0.0.1:${ports.SANDBOX_PORT}`;
    demo = run([], { ...ports, DATA_DIR: dataDir });
    browser = await chromium.launch({
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    });
    await vi.waitUntil(() => demo.told().includes("type lah into the chat"), { timeout: 60_000 });
  });

  afterAll(async () => {
    await browser?.close();
    demo.child.kill("SIGINT");
    expect((await demo.ended)[0]).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
    rmSync(dataDir, { recursive: true, force: true });
  });

  test("lah in the chat, the link in the text, the payment: the chat shows it paid", async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
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
