import type { Page } from "playwright-core";
import type { Family, Troubled } from "../troubled.ts";
import { usualId } from "./club.ts";
import type { Person } from "./person.ts";

/** The ten jobs of docs/operator-guide.md, in its order. Each begins on Today, as the previous job left it. */
export const jobsOn = (page: Page, troubled: Troubled, { click, type, replaceWord, enter, choose }: Person) => {
  const link = (name: string | RegExp) => page.getByRole("link", { name }).first();
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const unfold = (title: string) => click(page.locator("summary").getByText(title, { exact: true }));
  const isSaid = (words: string) => page.getByText(words).first().waitFor();
  const next = ({ id }: Family) => click(page.locator(`#t-${id} .button`));
  const goBack = () => click(link("Today"));
  /** A finished line has disappeared by itself. */
  const isGone = async ({ id }: Family) => {
    await goBack();
    await page.getByRole("heading", { name: "Who needs you today" }).waitFor();
    await page.locator(`#t-${id}`).waitFor({ state: "detached" });
  };
  const find = async (n: number, words: string) => {
    await click(link("Registrations"));
    await type(page.getByLabel("Find a family"), words);
    await enter();
    await click(page.locator(`#a-${usualId(n)}`));
  };

  return [
    async () => {
      await next(troubled.replied);
      await isSaid("I paid the coach in cash");
      await click(button("Dealt with"));
      await isSaid("What the parent texted back is dealt with.");
      await isGone(troubled.replied);
    },
    async () => {
      await next(troubled.refused);
      await type(page.getByLabel("New mobile number"), "07700900888");
      await click(button("Correct and text"));
      await isSaid("The number was corrected; the link is being texted to it.");
      await isGone(troubled.refused);
    },
    async () => {
      await next(troubled.unreachable);
      await click(button("Show the number"));
      await page.getByRole("link", { name: troubled.unreachable.phone }).waitFor();
      await click(button("Text the link again"));
      await isSaid("The link is being texted again.");
      await unfold("Add a note");
      await type(page.getByLabel("Note", { exact: true }), "Back home on Friday");
      await click(button("Add"));
      await isSaid("The note was added.");
      await goBack();
    },
    async () => {
      await next(troubled.optedOut);
      await click(button("Show the number"));
      await page.getByRole("link", { name: troubled.optedOut.phone }).waitFor();
      await click(button("The parent wants texts again"));
      await isSaid("The number may be texted again");
      await goBack();
    },
    async () => {
      await next(troubled.twice);
      await click(page.getByLabel("Yes, it is another child"));
      await click(button("Make and text the link"));
      await isSaid("The registration goes ahead");
      await isGone(troubled.twice);
    },
    async () => {
      await next(troubled.behind);
      await click(button("Show the number"));
      await page.getByRole("link", { name: troubled.behind.phone }).waitFor();
      await unfold("Leave this family alone");
      await choose(page.getByLabel("For", { exact: true }), "two weeks");
      await click(button("Leave alone"));
      await isSaid("The family is left alone for the time shown");
      await isGone(troubled.behind);
    },
    async () => {
      await find(275, "gre priya");
      await unfold("Record money from elsewhere");
      await type(page.getByLabel("Pounds", { exact: true }), "45");
      await type(page.getByLabel("Note code"), "R-0117");
      await click(button("Record"));
      await isSaid("The money is recorded.");
      await goBack();
    },
    async () => {
      await find(272, "900272");
      await unfold("Correct the team or a name");
      await replaceWord(page.getByLabel("Child's first name"), "Emir");
      await click(button("Correct"));
      await isSaid("The registration was amended.");
      await goBack();
    },
    async () => {
      await click(link("Registrations"));
      await click(link("Unpaid"));
      await choose(page.getByLabel("Remind a team"), "Lions 2026/27 (4)");
      await click(button("See who"));
      await click(button("Remind 4 families"));
      await isSaid("4 families will get a reminder.");
      await goBack();
    },
    async () => {
      await find(100, "wils zo");
      await isSaid("The link was opened for the first time");
      await goBack();
    },
  ];
};
