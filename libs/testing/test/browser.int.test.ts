import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axe, hasBrowser, launchBrowser, sticksOut, targetSize } from "../src/browser.ts";

describe.skipIf(!hasBrowser)("a page in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const show = async (body: string): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 320, height: 640 } });
    await page.setContent(`<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>${body}</main>`);
    return page;
  };

  test("axe finds what is wrong, in the whole page or in a part", async () => {
    const page = await show('<p id="pale" style="color: #eee">Pale</p><p id="named"><img src="data:,"></p>');
    expect(await axe(page)).toEqual([
      'about:blank color-contrast: <p id="pale" style="color: #eee">Pale</p>',
      'about:blank image-alt: <img src="data:,">',
    ]);
    expect(await axe(page, { include: "#named" })).toEqual(['about:blank image-alt: <img src="data:,">']);
    await page.locator("img").evaluate((image) => image.setAttribute("alt", "A picture"));
    expect(await axe(page, { include: "#named" })).toEqual([]);
    await expect(axe(page, { include: "#nowhere" })).rejects.toThrow("No elements found");
  });

  test("axe measures what is tapped if asked to", async () => {
    const tiny = (name: string) => `<button style="all: unset; font-size: 8px; width: 9px">${name}</button>`;
    const page = await show(`<div>${tiny("a")}${tiny("b")}</div>`);
    expect(await axe(page)).toEqual([]);
    expect(await axe(page, { rules: targetSize })).toEqual([expect.stringMatching(/^about:blank target-size: .*a.*b/)]);
  });

  test("axe refuses a page into whose frames it does not look", async () => {
    await expect(axe(await show('<iframe title="Another" srcdoc="<p>x"></iframe>'))).rejects.toThrow("has frames");
  });

  test("a page that is too wide sticks out", async () => {
    expect(await sticksOut(await show(""))).toBe(0);
    expect(await sticksOut(await show('<div style="width: 400px">Wide</div>'))).toBeGreaterThan(50);
  });
});
