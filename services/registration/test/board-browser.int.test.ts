import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { connectMessaging } from "@touchline/messaging";
import { axe, hasBrowser, launchBrowser, sticksOut } from "@touchline/testing/browser";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import report from "../../../libs/contracts/test/fixtures/events/ReconciliationFinished.1.json" with { type: "json" };
import { writeOperators } from "../src/people/operators-file.ts";
import { sha256 } from "../src/people/people.ts";
import { openBoard } from "./board-client.ts";
import { createWorld } from "./families.ts";
import { type RunningService, startService } from "./harness.ts";
import { type Troubled, troubledFamilies } from "./troubled.ts";

/** Set to save screenshots of the pages in docs/screenshots. */
const keep = process.env.KEEP_SCREENSHOTS ? join(import.meta.dirname, "../../../docs/screenshots") : undefined;

describe.skipIf(!hasBrowser)("the board in a browser", () => {
  let infrastructure: Infrastructure;
  let service: RunningService;
  let world: ReturnType<typeof createWorld>;
  let browser: Browser;
  let troubled: Troubled;
  const [zoe, owing, stuck] = [randomUUID(), randomUUID(), randomUUID()];

  beforeAll(async () => {
    infrastructure = await startInfrastructure("registration");
    service = await startService(infrastructure, { CLUB_NAME: "Tigers" });
    world = createWorld(infrastructure.eventStore.url);
    await world.register(zoe, ["Zoë", "O'Neill"]);
    await world.token(zoe, "BRQ0000ZOE1");
    await world.text(zoe, "BRQ0000ZOE1", 0, ["delivered"]);
    await world.payment(zoe, "BRQ0000ZOE1", "paid");
    for (const type of ["PaymentFulfilled", "PaymentConfirmed"]) await world.report(zoe, "BRQ0000ZOE1", type);
    const month = { paymentId: "PM00MONTH1", amountPence: 2_750, chargeDate: "2026-10-01" };
    for (const type of ["MonthlyPaymentDated", "MonthlyPaymentFailed"])
      await world.report(zoe, "BRQ0000ZOE1", type, month);
    const day = "2026-10-05T06:00:00.000Z";
    const payout = {
      payoutId: "PO0001",
      status: "paid",
      amountPence: 4_435,
      feesPence: 65,
      createdAt: day,
      recordedAt: day,
    };
    await world.report(zoe, "PO0001", "PayoutRecorded", payout);
    await world.register(owing, ["Mia", "Jones"], 1, "+447700900124");
    await world.token(owing, "BRQ0000MIA1", 1);
    const records = [
      { recordId: "cash-1", note: "R-0117" },
      { recordId: "card-1", note: "R-0118", kind: "card", amountPence: 9_900 },
      { recordId: "bank-1", note: "R-0119", kind: "bank_transfer" },
    ] as const;
    for (const record of records) await world.money(owing, record);
    await world.moneyCounts(owing, "BRQ0000MIA1", records[0]);
    await world.moneyCounts(owing, "BRQ0000MIA1", records[1], "more_than_owed");
    await world.reconciled(report);
    await world.register(stuck, ["Maximilian", "Featherstonehaugh-Cholmondeley"], 3);
    await world.token(stuck, "BRQ000STUCK", 3);
    await world.text(stuck, "BRQ000STUCK", 3, ["undelivered", "30005"]);
    await world.reply(stuck, `wrong number ${"w".repeat(60)} <img src=x onerror=alert(1)>`, 2);
    await world.reply(stuck, "I paid the coach\nin cash", 1);
    const messaging = await connectMessaging({ url: infrastructure.nats.url, name: "test" });
    await messaging.publish("dead.registration-intake", "{}");
    await messaging.close();
    troubled = await troubledFamilies(world);
    browser = await launchBrowser();
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

  // Each width and each colour scheme; there are screenshots of all four.
  const screens = [
    [320, "light"],
    [1280, "dark"],
    ...(keep
      ? ([
          [320, "dark"],
          [1280, "light"],
        ] as const)
      : []),
  ] as const;
  /** Pages with screenshots, and what loads last on each. */
  const pictured = new Map([
    ["/admin", { name: "today", last: "2 monthly fees are missing, £55 in all." }],
    ["/admin/registrations", { name: "board", last: "1 difference" }],
    ["/admin/ledger", { name: "ledger", last: "Paid to the club’s bank" }],
    [`/admin/registrations/${owing}`, { name: "family", last: "it is more than is still owed" }],
  ]);
  /** In the format of the time machine's form; everything has happened by then. */
  const aMomentAgo = () =>
    new Date(Date.now() - 1_000).toLocaleString("sv-SE", { timeZone: "Europe/London" }).replace(" ", "T");
  const unfold = (page: Page) =>
    page.locator("details").evaluateAll((all) => {
      for (const one of all) one.setAttribute("open", "");
    });
  for (const [width, colorScheme] of screens) {
    test(`at ${width} px, ${colorScheme}: nothing to fix for axe, nothing sticks out`, async () => {
      const paths = [
        "/admin",
        "/admin/registrations",
        "/admin/registrations?show=undelivered",
        "/admin/registrations?q=zoe&team=Tigers&sort=name",
        "/admin/registrations?show=unpaid",
        "/admin/registrations?show=held",
        "/admin/remind?team=Tigers&season=2627",
        `/admin/registrations/${zoe}?at=${aMomentAgo()}`,
        `/admin/registrations/${zoe}?at=2999-01-01T10:00`,
        `/admin/registrations/${troubled.twice.id}`,
        `/admin/registrations/${stuck}`,
        `/admin/registrations/${owing}`,
        `/admin/registrations/${owing}?pounds=20&day=5`,
        `/admin/registrations/${owing}?pounds=27,50&day=5`,
        "/admin/ledger",
      ];
      const { page, complaints } = await open("/admin", { viewport: { width, height: 800 }, colorScheme });
      for (const path of paths) {
        await page.goto(service.http + path);
        if (!path.startsWith("/admin/remind")) await isLive(page);
        const pictureOf = pictured.get(path);
        if (pictureOf) await page.getByText(pictureOf.last).first().waitFor();
        if (keep && pictureOf) {
          const picture = `registration-${pictureOf.name}-${width}-${colorScheme}.png`;
          await page.screenshot({ path: join(keep, picture), fullPage: true });
        }
        await unfold(page);
        expect(await axe(page)).toEqual([]);
        expect(await sticksOut(page)).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
      }
      await page.context().close();
      // Many pages, on a machine that may be busy.
    }, 300_000);

    test(`at ${width} px, ${colorScheme}: an impossible value is refused at its field, which keeps what was typed`, async () => {
      const { page } = await open(`/admin/registrations/${owing}`, { viewport: { width, height: 800 }, colorScheme });
      await page.getByText("Record money from elsewhere").click();
      await page.getByLabel("How it was paid").selectOption("card");
      await page.getByLabel("Pounds", { exact: true }).fill("27,50");
      await page.getByLabel("Note code").fill("R-0120");
      await page.getByRole("button", { name: "Record", exact: true }).click();
      await page.getByText("Give an amount in pounds, such as 27.50.").waitFor();
      const values = [
        page.getByLabel("How it was paid"),
        page.getByLabel("Pounds", { exact: true }),
        page.getByLabel("Note code"),
      ];
      expect(await Promise.all(values.map((of) => of.inputValue()))).toEqual(["card", "27,50", "R-0120"]);
      expect(await axe(page)).toEqual([]);
      expect(await sticksOut(page)).toBeLessThanOrEqual(0);

      await page.goto(`${service.http}/admin/registrations/${zoe}`);
      await page.getByText("Refund a payment").click();
      await page.getByLabel("Pounds to give back").fill("27,50");
      await page.getByLabel("Yes, give it back").check();
      await page.getByRole("button", { name: "Refund", exact: true }).click();
      await page.getByText("Give an amount in pounds, such as 27.50.").waitFor();
      expect(await page.getByLabel("Pounds to give back").inputValue()).toBe("27,50");
      expect(await axe(page)).toEqual([]);
      expect(await sticksOut(page)).toBeLessThanOrEqual(0);

      await page.goto(`${service.http}/admin/registrations/${owing}`);
      await page.getByText("Correct the team or a name").click();
      await page.getByLabel("Age group").fill("u99");
      await page.getByRole("button", { name: "Correct", exact: true }).click();
      await page.locator("#amend-age_group-violation").waitFor();
      expect(await page.getByLabel("Age group").inputValue()).toBe("u99");
      expect(await axe(page)).toEqual([]);
      expect(await sticksOut(page)).toBeLessThanOrEqual(0);
      await page.context().close();
    });
  }

  test("on a small phone every filter is in sight, also in a club of thousands", async () => {
    const { page } = await open("/admin/registrations", { viewport: { width: 320, height: 800 } });
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

  test("on a phone a table of the ledger scrolls in its own box, and its row names stay in sight", async () => {
    const { page } = await open("/admin/ledger", { viewport: { width: 320, height: 800 } });
    const box = page.getByRole("region", { name: "By team", exact: true });
    const scrolled = await box.evaluate((element) => {
      element.style.maxHeight = "5rem";
      element.scrollTo(10_000, 10_000);
      return [element.scrollLeft > 100, element.scrollTop > 10];
    });
    expect(scrolled).toEqual([true, true]);
    const within = async (name: string, role: "columnheader" | "rowheader") => {
      const [cell, outer] = [await box.getByRole(role, { name }).boundingBox(), await box.boundingBox()];
      if (!cell || !outer) throw new Error(`${name} is not shown.`);
      return [cell.x - outer.x, cell.y - outer.y, outer.y + outer.height - cell.y - cell.height].map(Math.round);
    };
    expect((await within("Paid out", "columnheader"))[1]).toBe(0);
    expect((await within("Team", "columnheader")).slice(0, 2)).toEqual([0, 0]);
    expect((await within("Tigers", "rowheader"))[0]).toBe(0);
    const [fromLeft, , fromBottom] = await within("Total", "rowheader");
    expect(fromLeft).toBe(0);
    expect(fromBottom).toBeLessThanOrEqual(1);
    await page.context().close();
  });

  test("shows a new registration and each change of it without a reload, and keeps the focus where it was", async () => {
    const { page, complaints } = await open("/admin/registrations");
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

  test("a family appears on Today and leaves by itself, and its next step links to the right place", async () => {
    const id = randomUUID();
    await world.register(id, ["Mia", "Twice"]);
    await world.token(id, "BRQ0000MIA1");
    await world.payment(id, "BRQ0000MIA1", "paid");
    const { page, complaints } = await open("/admin");
    await isLive(page);
    const months = (paidTwicePence: number) =>
      world.months(id, "BRQ0000MIA1", { behindPence: 0, monthsMissed: 0, mandate: "active", paidTwicePence });
    await months(4_500);
    const item = page.locator(`#t-${id}`);
    await item.getByText("£45 was paid twice.").waitFor();
    await months(0);
    await item.waitFor({ state: "detached" });
    await months(1_000);
    await item.getByRole("link", { name: "Give it back" }).click();
    await page.locator("#refund-pounds").waitFor();
    expect(await page.locator("#refund-title").evaluate((title) => title.getBoundingClientRect().top)).toBeLessThan(
      844,
    );
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
    expect(await axe(page)).toEqual([]);
    await page.getByLabel("New mobile number").fill("07700 900789");
    await page.getByRole("button", { name: "Correct and text" }).click();
    await page.getByText("The number was corrected").waitFor();
    await page.getByText("The parent's number was corrected to +44•••••••789").waitFor();
    expect(new URL(page.url()).search).toBe("");

    await world.token(id, "BRQ0000IVY1");
    await page.getByText("The payment request was created").waitFor();
    await page.getByRole("button", { name: "Text the link again" }).click();
    await page.getByText("The link is being texted again.").waitFor();
    await page.getByText("Another text with the link was requested").waitFor();
    // Only the refusal's status may appear in the console.
    expect(complaints.filter((text) => !text.includes("422"))).toEqual([]);
    await page.context().close();
  });

  test("with operators: nothing to fix on the log-in page and on that of somebody who only reads", async () => {
    const token = sha256("a viewer");
    const tokens = [{ id: "t-1", sha256: sha256(token), createdAt: "2026-11-28T09:00:00.000Z" }];
    const name = "Maximilian Featherstonehaugh-Cholmondeley";
    const path = join(infrastructure.dataDir, "registration", "operators.json");
    writeOperators(path, [{ id: "op-1", name, role: "viewer", teams: ["Tigers"], tokens }]);
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, complaints } = await open("/admin", { viewport: { width: 320, height: 800 }, colorScheme });
      const look = async () => {
        expect(await axe(page)).toEqual([]);
        expect(await sticksOut(page)).toBeLessThanOrEqual(0);
      };
      await look();
      await page.getByLabel("Your access token").fill(token);
      await page.getByRole("button", { name: "Open the board" }).click();
      await page.getByRole("link", { name: "Registrations" }).click();
      await page.getByRole("link", { name: "Maximilian" }).last().click();
      await page.getByRole("button", { name: "Show the number" }).waitFor();
      expect(await page.getByRole("button", { name: "Text the link again" }).count()).toBe(0);
      await look();
      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByLabel("Your access token").waitFor();
      expect(complaints).toEqual([]);
      await page.context().close();
    }
    rmSync(path);
  });

  test("with operators: a link in an e-mail that is read in the browser finds its reader logged in", async () => {
    const token = sha256("a reader");
    const tokens = [{ id: "t-2", sha256: sha256(token), createdAt: "2026-11-28T09:00:00.000Z" }];
    const path = join(infrastructure.dataDir, "registration", "operators.json");
    writeOperators(path, [{ id: "op-2", name: "Sam Khan", role: "viewer", tokens }]);
    const { page, complaints } = await open("/admin");
    await page.getByLabel("Your access token").fill(token);
    await page.getByRole("button", { name: "Open the board" }).click();
    await page.getByText("Who needs you today").waitFor();
    const body = `<!doctype html><title>Mail</title><a href="${service.http}/admin">All of them</a>`;
    await page.route("http://mail.example/", (route) => route.fulfill({ contentType: "text/html", body }));
    await page.goto("http://mail.example/");
    await page.getByRole("link", { name: "All of them" }).click();
    await page.getByText("Who needs you today").waitFor();
    await page.getByRole("link", { name: "Registrations" }).click();
    await page.getByLabel("Find a family").waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
    rmSync(path);
  });

  test("a search and its filters are one step back away, and bring the same list again", async () => {
    const { page, complaints } = await open("/admin/registrations");
    await page.getByLabel("Find a family").fill("oneill 123");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("1 found").waitFor();
    await page.getByText("Filter and sort").click();
    await page.getByLabel("Payment").selectOption("pending");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByText("Nobody found").waitFor();
    await page.goBack();
    await page.getByText("1 found").waitFor();
    await page.getByRole("link", { name: "Zoë" }).click();
    await page.goBack();
    expect(await page.getByLabel("Find a family").inputValue()).toBe("oneill 123");
    await page.locator(`#r-${zoe}`).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a note is added and removed, and a registration is cancelled only with a tick", async () => {
    const id = randomUUID();
    await world.register(id, ["Ida", "Ending"]);
    const { page, complaints } = await open(`/admin/registrations/${id}`);
    const look = async () => {
      expect(await axe(page)).toEqual([]);
      expect(await sticksOut(page)).toBeLessThanOrEqual(0);
    };
    await page.getByText("Add a note").click();
    await page.getByLabel("Note", { exact: true }).fill("Pays on Friday.\nAsk Sam.");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("The note was added.").waitFor();
    await look();
    await page.getByText("Remove this note").click();
    await page.getByRole("button", { name: "Remove it for good" }).click();
    await page.getByText("The note was removed.").waitFor();
    expect(await page.getByText("Pays on Friday.").count()).toBe(0);

    await page.locator("#cancel-title").click();
    await page.getByRole("button", { name: "Cancel the registration" }).click();
    // The browser asks for the box to be ticked; nothing was sent.
    expect(page.url()).not.toContain("cancel");
    await page.getByLabel("Yes, cancel it for good").check();
    await page.getByRole("button", { name: "Cancel the registration" }).click();
    await page.getByText("The registration is cancelled: no more texts go out").waitFor();
    await look();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a snooze is set and ended; releasing a possible duplicate and forgetting a family need a tick", async () => {
    const { suspended, twice } = troubled;
    const { page, complaints } = await open(`/admin/registrations/${suspended.id}`);
    const look = async (words: string) => {
      await page.getByText(words).first().waitFor();
      expect(await axe(page)).toEqual([]);
      expect(await sticksOut(page)).toBeLessThanOrEqual(0);
    };
    await page.locator("#snooze-title").click();
    await page.getByLabel("For", { exact: true }).selectOption("the whole season");
    await page.getByRole("button", { name: "Leave alone" }).click();
    await look("The family is left alone for the time shown");
    await page.getByText("No reminders and no suspension for the whole season.").waitFor();
    await page.getByRole("button", { name: "Resume reminders" }).click();
    await look("Reminders continue");
    expect(await page.getByRole("button", { name: "Resume reminders" }).count()).toBe(0);

    await page.goto(`${service.http}/admin/registrations/${twice.id}`);
    await page.getByRole("button", { name: "Make and text the link" }).click();
    await look("Held: this child");
    await page.getByLabel("Yes, it is another child").check();
    await page.getByRole("button", { name: "Make and text the link" }).click();
    await look("The registration goes ahead");
    expect(await page.getByText("Held: this child").count()).toBe(0);

    await page.locator("#erase-title").click();
    await page.getByLabel("Yes, forget them for good").check();
    await page.getByRole("button", { name: "Forget this family" }).click();
    await look("The family is forgotten");
    expect(complaints).toEqual([]);
    await page.goto(`${service.http}/admin/registrations/${twice.id}`);
    await look("There is no such registration.");
    await page.context().close();
  });

  test("a button stays under the operator's hands while other things happen", async () => {
    for (const [id, link, name] of [
      [stuck, "BRQ000STUCK", "Dealt with"],
      [owing, "BRQ0000MIA1", /^Undo £20.00 cash/],
    ] as const) {
      const { page, complaints } = await open(`/admin/registrations/${id}`);
      await isLive(page);
      const button = page.getByRole("button", { name });
      await button.evaluate((element) => {
        element.focus();
        Object.assign(element, { same: true });
      });
      await world.say(id, link, "PaymentLinkOpened", { openedAt: world.at(0) });
      await page.getByText("Link opened").locator("xpath=..").getByRole("time").waitFor();
      expect(
        await button.evaluate((element) => "same" in element && element.ownerDocument.activeElement === element),
      ).toBe(true);
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });

  test("an open page of a family that is forgotten elsewhere goes too", async () => {
    const id = randomUUID();
    const path = `/admin/registrations/${id}`;
    await world.register(id, ["Nia", "Gone"]);
    const { page } = await open(path);
    await isLive(page);
    await openBoard(service.http).send(path, `${path}/erase`, { sure: "yes" });
    await page.getByText("There is no such registration.").waitFor();
    await page.context().close();
  });

  test("everything except live updates works without script", async () => {
    const { page } = await open("/admin", { javaScriptEnabled: false });
    await page.getByRole("link", { name: "Registrations" }).click();
    await page.getByRole("link", { name: "Undelivered" }).click();
    await page.getByRole("link", { name: "Maximilian" }).click();
    await page.getByText("The text was not delivered").waitFor();
    await page.getByRole("button", { name: "Show the number" }).click();
    await page.getByText("+447700900123", { exact: true }).waitFor();

    await page.goto(`${service.http}/admin/registrations/${owing}`);
    await page.getByRole("button", { name: "Undo £20.00 cash, R-0117" }).click();
    await page.getByText("The record is being undone.").waitFor();
    expect(await page.getByRole("button", { name: "Undo £20.00 cash" }).count()).toBe(0);

    await page.goto(`${service.http}/admin/ledger`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Download as CSV").click()]);
    expect(readFileSync(await download.path(), "utf8")).toMatch(
      /^\uFEFFSeason,Team,.*\r\n2627,Tigers,u10,.*,Signing-on fee,45\.00,/s,
    );
    await page.context().close();
  });
});
