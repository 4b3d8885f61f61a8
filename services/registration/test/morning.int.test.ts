import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hasBrowser, launchBrowser } from "@touchline/testing/browser";
import { type Infrastructure, prepareInfrastructure } from "@touchline/testing/stack";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWorld } from "./families.ts";
import { type RunningService, startService } from "./harness.ts";
import { FAMILIES, fillClub } from "./morning/club.ts";
import { jobsOn } from "./morning/jobs.ts";
import { createPerson, type Effort } from "./morning/person.ts";
import { TROUBLED, type Troubled } from "./troubled.ts";

const guide = readFileSync(join(import.meta.dirname, "../../../docs/operator-guide.md"), "utf8");

/** What each job takes according to the guide: the last two columns of its table. */
const promised: readonly Effort[] = [...guide.matchAll(/^\| \d+\. .* \| (\d+) \| (\d+) \|$/gm)].map(
  ([, clicks, keys]) => ({ clicks: Number(clicks), keys: Number(keys) }),
);
const sumOf = (efforts: readonly Effort[], what: keyof Effort) => efforts.reduce((sum, one) => sum + one[what], 0);

const MORNING_SECONDS = 300;
const CLICK_SECONDS = 2.5;
const KEY_SECONDS = 0.5;

describe.skipIf(!hasBrowser)(`the secretary's morning with ${FAMILIES} families`, () => {
  /** Its event store is filled once, and copied for each morning. */
  let club: Infrastructure;
  let troubled: Troubled;
  let browser: Browser;
  const eventsOf = ({ dataDir }: Infrastructure) => join(dataDir, "eventstore");

  beforeAll(async () => {
    club = await prepareInfrastructure("club");
    await club.eventStore.start();
    const world = createWorld(club.eventStore.url);
    troubled = await fillClub(world);
    await world.close();
    await club.eventStore.stop();
    browser = await launchBrowser();
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await club?.stop();
  });

  describe.each([390, 1280])("at %i px", (width) => {
    let infrastructure: Infrastructure;
    let service: RunningService;
    let page: Page;

    beforeAll(async () => {
      infrastructure = await prepareInfrastructure("registration");
      cpSync(eventsOf(club), eventsOf(infrastructure), { recursive: true });
      await Promise.all([infrastructure.eventStore.start(), infrastructure.nats.start()]);
      service = await startService(infrastructure, { CLUB_NAME: "Tigers" });
      const context = await browser.newContext({ viewport: { width, height: 800 } });
      page = await context.newPage();
      await page.goto(`${service.http}/admin`);
      await page.getByText(`${TROUBLED} families`).waitFor();
    }, 240_000);

    afterAll(async () => {
      await page?.context().close();
      await service?.stop();
      await infrastructure?.stop();
    });

    test("takes as many clicks and keystrokes as the guide says", async () => {
      const person = createPerson(page);
      const taken: Effort[] = [];
      for (const job of jobsOn(page, troubled, person)) {
        await job();
        taken.push(person.effort());
      }
      expect(taken).toEqual(promised);
      const [clicks, keys] = [sumOf(taken, "clicks"), sumOf(taken, "keys")];
      expect(guide).toContain(`Together that is ${clicks} clicks and ${keys} keys`);
      expect(clicks * CLICK_SECONDS + keys * KEY_SECONDS).toBeLessThan(MORNING_SECONDS);
    }, 240_000);
  });
});
