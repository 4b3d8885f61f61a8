import { sticksOut } from "@touchline/testing/browser";
import type { Locator, Page } from "playwright-core";

/** What a job took. */
export interface Effort {
  clicks: number;
  keys: number;
}

/** Somebody at the page who only clicks and types, as a person does, and counts it. Nobody has to scroll sideways. */
export const createPerson = (page: Page) => {
  let effort: Effort = { clicks: 0, keys: 0 };
  const click = async (what: Locator, times = 1): Promise<void> => {
    await what.waitFor();
    if (Number(await sticksOut(page)) > 0) throw new Error(`${page.url()} sticks out.`);
    await what.click({ clickCount: times });
    effort.clicks += times;
  };
  const press = async (text: string): Promise<void> => {
    await page.keyboard.type(text);
    effort.keys += text.length;
  };
  return {
    click,
    type: async (into: Locator, text: string): Promise<void> => {
      await click(into);
      await press(text);
    },
    /** A double click selects the existing word. */
    replaceWord: async (into: Locator, text: string): Promise<void> => {
      await click(into, 2);
      await press(text);
    },
    enter: async (): Promise<void> => {
      await page.keyboard.press("Enter");
      effort.keys++;
    },
    /** Opens a list and picks from it. The browser draws the list outside the page, where a test cannot click. */
    choose: async (list: Locator, option: string): Promise<void> => {
      await list.selectOption({ label: option });
      effort.clicks += 2;
    },
    /** The effort since the last call. */
    effort: (): Effort => {
      const taken = effort;
      effort = { clicks: 0, keys: 0 };
      return taken;
    },
  };
};

export type Person = ReturnType<typeof createPerson>;
