import { mkdir } from "node:fs/promises";
import { createMailer } from "@touchline/mail";
import { systemRuntime } from "@touchline/service";
import { axe, launchBrowser } from "@touchline/testing/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../src/index.ts";
import { startLittleTouchline } from "./little-touchline.ts";

const accounts = { sid: "AC0123456789abcdef0123456789abcdef", token: "t", accessToken: "g" };
/** Where to save screenshots of the page; none are taken without it. */
const pictures = process.env.SANDBOX_PICTURES;

let browser: Browser;
let touchline: Awaited<ReturnType<typeof startLittleTouchline>>;
let sandbox: Sandbox;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  touchline = await startLittleTouchline(accounts);
  sandbox = await startSandbox({
    port: 0,
    twilio: { accountSid: accounts.sid, authToken: accounts.token, lifecycle: { sentMs: 5, reportMs: 5 } },
    goCardless: {
      accessToken: accounts.accessToken,
      webhookSecret: "s",
      lifecycle: { paymentConfirmedMs: 5, paymentEndMs: null, mandateActiveMs: 5 },
    },
    publicUrl: touchline.url,
    clubName: "Sandbox Football Club",
    grpcTarget: touchline.grpcTarget,
  });
  touchline.knows(sandbox.url);
});

afterEach(async () => {
  await sandbox.stop();
  await touchline.stop();
});

const open = async (width = 1_280, height = 900, colorScheme: "light" | "dark" = "light") => {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  await page.goto(sandbox.url);
  await page.locator("html[data-live=true]").waitFor();
  return page;
};

const picture = async (page: Page, name: string, fullPage = true) => {
  if (pictures === undefined) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/${name}.png`, fullPage });
};

const stepState = (page: Page, name: string, state: string) =>
  page.locator(`[data-testid=registration] [data-step="${name}"][data-state=${state}]`).waitFor();

/** Types the cheat code and waits until the text has arrived. */
const register = async (page: Page) => {
  await page.getByTestId("chat-input").fill("lah");
  await page.getByTestId("chat-send").click();
  await page.locator("[data-testid=sms][data-status=delivered]").waitFor();
};

const tap = async (page: Page) => {
  const [opened] = await Promise.all([
    page.context().waitForEvent("page"),
    page.getByTestId("sms-link").first().click(),
  ]);
  await opened.getByTestId("gc-amount").waitFor();
  return opened;
};

describe("the sandbox page", () => {
  it("shows an e-mail as it arrives, with its link", async () => {
    const page = await open();
    const { hostname, port } = new URL(sandbox.smtpUrl);
    const connection = { host: hostname, port: Number(port), secure: false, from: "club@example.org" };
    const link = "https://club.example/reg_setup/BRQ1";
    const mail = { id: "m1", to: "sam@example.org", subject: "Zoë’s link", text: `Pay here: ${link}` };
    expect(await createMailer(connection, systemRuntime()).send(mail)).toEqual({ kind: "sent" });
    await page.getByTestId("mail").waitFor();
    expect(await page.getByTestId("mail").textContent()).toContain("Zoë’s link");
    expect(await page.getByTestId("mail").getByTestId("sms-link").getAttribute("href")).toBe(link);
  });

  it("registers with lah, shows the text arriving and pays by the link, all without a reload", async () => {
    const page = await open();
    await register(page);
    await stepState(page, "Delivered", "done");
    expect(await page.getByTestId("sms").textContent()).toContain("Registration complete for Robin!");

    // The phone has previewed the link, which did not count as a tap.
    expect(await page.getByTestId("sms-preview").textContent()).toContain("Tigers & Lions FC");
    expect(await page.locator('[data-step="Link opened"]').getAttribute("data-state")).toBe("waiting");

    const payment = await tap(page);
    expect(await payment.getByTestId("gc-creditor").textContent()).toBe("Sandbox Football Club");
    expect(await payment.getByTestId("gc-amount").textContent()).toBe("£45.00");
    await stepState(page, "Link opened", "done");
    await payment.getByTestId("gc-pay").click();
    await payment.waitForURL("**/thanks");

    await stepState(page, "Paid", "done");
    await page.locator("[data-testid=mandate-status][data-status=active]").waitFor();
    await page.locator("[data-testid=payment-status][data-status=confirmed]").waitFor();
    await picture(page, "desktop-light");

    await page.getByTestId("chargeBack").click();
    await stepState(page, "Paid", "wrong");
    expect(await page.getByTestId("registration-sentence").textContent()).toContain("taken back");
    await page.context().close();
  });

  it("gives money back in the dashboard, and ends and reinstates mandates", async () => {
    const page = await open();
    await register(page);
    await page.getByTestId("pay").click();
    await page.locator("[data-testid=mandate-status][data-status=active]").waitFor();
    await page.getByTestId("refundHalf").click();
    await page.locator("[data-testid=refund-status][data-status=paid]").waitFor();
    expect(await page.getByTestId("refund").textContent()).toContain("£22.50");
    await page.getByTestId("failRefund").click();
    await page.locator("[data-testid=refund-status][data-status=bounced]").waitFor();
    await page.getByTestId("expireMandate").click();
    await page.locator("[data-testid=mandate-status][data-status=expired]").waitFor();
    await picture(page, "money");
    expect(await axe(page, { include: "#payments" })).toEqual([]);
    const books = (await (await fetch(`${sandbox.url}/control/books`)).json()) as object;
    expect(books).toMatchObject({ registrations: { "": { payments: [{ amountPence: 4_500, refundedPence: 0 }] } } });
    await page.getByTestId("reinstateMandate").click();
    await page.locator("[data-testid=mandate-status][data-status=active]").waitFor();
    await page.getByTestId("removeCustomer").click();
    await page.locator("[data-testid=mandate-status][data-status=cancelled]").waitFor();
    await page.context().close();
  });

  it("lets the payer leave, be refused by the bank and cancel on the payment page", async () => {
    const page = await open();
    await register(page);
    const payment = await tap(page);
    await payment.getByText("What else could happen").click();
    await payment.getByTestId("gc-deny").click();
    expect(await payment.getByTestId("gc-notice").textContent()).toContain("said no");
    await payment.getByTestId("gc-leave").click();
    await payment.waitForURL("**/exit");
    const again = await tap(page);
    await again.getByText("What else could happen").click();
    await again.getByTestId("gc-cancel").click();
    expect(await again.getByTestId("gc-ending").textContent()).toContain("cancelled");
    await stepState(page, "Paid", "wrong");
    await page.context().close();
  });

  it("accepts a registration from the form, and shows refusals beside their fields", async () => {
    const page = await open();
    await page.getByText("Fill in a registration").click();
    const phone = page.getByLabel("Parent’s mobile");
    await phone.fill("0161 496 0000");
    await page.getByTestId("registration-send").click();
    await page.getByText("This is not a UK mobile number.").first().waitFor();
    expect(await phone.getAttribute("aria-invalid")).toBe("true");
    await phone.fill("07700 900456");
    await page.getByTestId("registration-send").click();
    await page.locator("[data-testid=sms][data-status=delivered]").waitFor();
    expect(await page.getByTestId("sms").textContent()).toContain("Zoë");
    await page.context().close();
  });

  it("switches faults, and says why a text did not arrive", async () => {
    const page = await open();
    await page.getByTestId("fault-twilio-undelivered").click();
    await page.locator("[data-testid=fault-twilio-undelivered][aria-checked=true]").waitFor();
    expect(await page.getByTestId("fault-count").textContent()).toContain("1 fault");
    await page.getByTestId("chat-lah").click();
    await page.locator("[data-testid=sms][data-status=undelivered]").waitFor();
    expect(await page.getByTestId("sms-status").textContent()).toContain("30003");
    await stepState(page, "Delivered", "wrong");
    await picture(page, "desktop-undelivered");
    await page.getByTestId("faults-reset").click();
    await page.locator("[data-testid=fault-twilio-undelivered][aria-checked=false]").waitFor();
    await page.context().close();
  });

  it("replies STOP, which Twilio acts on and passes on", async () => {
    const page = await open();
    await register(page);
    await page.getByTestId("reply-input").fill("STOP");
    await page.getByTestId("reply-send").click();
    await page.getByTestId("suppressed").waitFor();
    await page.getByText("You have successfully been unsubscribed").waitFor();
    await expect.poll(() => touchline.inbound.map((form) => form.get("Body"))).toEqual(["STOP"]);
    await page.context().close();
  });

  it.each([
    ["phone-390-light", 390, 844, "light"],
    ["phone-320-dark", 320, 640, "dark"],
    ["desktop-dark", 1_280, 900, "dark"],
  ] as const)("fits and is accessible: %s", async (name, width, height, scheme) => {
    const page = await open(width, height, scheme);
    await register(page);
    await stepState(page, "Delivered", "done");
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow).toBe(0);
    expect(await axe(page)).toEqual([]);
    await picture(page, name);
    const payment = await tap(page);
    await payment.setViewportSize({ width, height });
    expect(await axe(payment)).toEqual([]);
    await picture(payment, `${name}-payment`);
    await page.context().close();
  });

  it("works without a script, with a reload", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(sandbox.url);
    await page.getByTestId("chat-lah").click();
    await page.getByTestId("registration").waitFor();
    await context.close();
  });

  it("says so when Touchline cannot be reached, and continues when it can", async () => {
    await touchline.stop();
    const page = await open();
    await page.getByTestId("chat-lah").click();
    await page.getByText("cannot be reached right now").waitFor();
    await page.context().close();
    touchline = await startLittleTouchline(accounts);
  });

  it("refuses posts from another site's pages", async () => {
    const response = await fetch(`${sandbox.url}/sandbox/faults`, {
      method: "POST",
      body: new URLSearchParams({ reset: "1" }),
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect(response.status).toBe(403);
  });
});
