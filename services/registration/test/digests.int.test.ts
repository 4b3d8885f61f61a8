import { setTimeout as sleep } from "node:timers/promises";
import { memoryEventStore } from "@touchline/event-store/memory";
import { type MailStandIn, startMailStandIn } from "@touchline/sandbox";
import { createMetrics, type ServiceContext } from "@touchline/service";
import { systemRuntime } from "@touchline/service/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registrationConfig } from "../src/config.ts";
import { startDigests } from "../src/digests/start.ts";
import type { Row } from "../src/read-model/row.ts";

const now = () => new Date("2026-09-10T08:00:00.000Z");
let mail: MailStandIn;
beforeAll(async () => {
  mail = await startMailStandIn({ now });
});
afterAll(() => mail.stop());

const unpaid = { payment_status: "pending", suspended_at: null, reinstated_at: null, held_for: null, cancelled: 0 };
const row = (child_name: string, team: string): Row => ({ ...unpaid, child_name, team, season: "2627" }) as Row;
const rows = [row("Ann Lee", "Tigers"), row("Ben O'Neill", "Lions")];

test("in the morning the secretary and each manager get their e-mail, in step with the view, and once", async () => {
  const config = registrationConfig({
    SMTP_URL: mail.url,
    MAIL_FROM: "Your Club <club@yourclub.example>",
    CLUB_NAME: "Your Club",
    SECRETARY_EMAIL: "secretary@yourclub.example",
    TEAM_MANAGERS: "Tigers=sam@yourclub.example;Otters=kim@yourclub.example",
    BOARD_URL: "https://board.example",
  });
  const minutes: (() => void)[] = [];
  const every = (_: number, work: () => void) => {
    minutes.push(work);
    return () => {};
  };
  let state: "catching_up" | "live" = "catching_up";
  const context = {
    log: { warn: () => {} },
    metrics: createMetrics("test"),
    runtime: { ...systemRuntime(), now, every },
    signal: new AbortController().signal,
    onClose: () => {},
  } as unknown as ServiceContext;
  const reason = { code: "opted_out", sentence: "The owner of this number wants no texts.", nextStep: "Call" } as const;
  startDigests(context, config, {
    store: memoryEventStore(now),
    queries: { pages: ({ teams }) => [rows.filter(({ team }) => teams?.includes(team))] },
    today: async () => ({ entries: [{ row: row("Ben O'Neill", "Lions"), reasons: [reason] }], deadLetters: 0 }),
    view: { status: () => ({ state }) },
  });
  const [minute] = minutes;
  minute?.();
  await sleep(50);
  expect(mail.tries).toEqual([]);
  state = "live";
  minute?.();
  await expect.poll(() => mail.mails.all().length).toBe(2);
  minute?.();
  await expect
    .poll(() => mail.mails.all())
    .toMatchObject([
      {
        to: "secretary@yourclub.example",
        subject: "Your Club: 1 family needs somebody today",
        text: expect.stringMatching(/Ben \(Lions\): .* Call\.\n\nAll of them: https:\/\/board\.example\/admin\n/),
      },
      { to: "sam@yourclub.example", subject: "Your Club, Tigers: 0 suspended, 1 yet to pay" },
    ]);
  expect(mail.mails.all()[1]?.text).not.toContain("Ben");
});
