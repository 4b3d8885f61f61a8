import type { DigestEvent } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import type { Mail, MailOutcome } from "@touchline/mail";
import { decides } from "@touchline/testing";
import { describe, expect, test } from "vitest";
import type { Row } from "../read-model/row.ts";
import type { TodayView } from "../read-model/today.ts";
import { digestAggregate, endDigest, startDigest } from "./decide.ts";
import { createDigests } from "./send.ts";
import { managerDigest, secretaryDigest } from "./write.ts";

/** Nine in the morning in London, where summer time is an hour ahead. */
const NOW = new Date("2026-09-10T08:00:00.000Z");
const at = NOW.toISOString();
const MINUTE = 60_000;
const place = { clubName: "Your Club", boardUrl: "https://board.example" };

const started = (audience: string, attempt = 1): DigestEvent => ({
  type: "DigestAttemptStarted",
  data: { audience, attempt, startedAt: at },
});
const ended = (outcome: "sent" | "refused" | "later" | "unknown", code?: string): DigestEvent => ({
  type: "DigestAttemptEnded",
  data: { audience: "secretary", attempt: 1, outcome, ...(code && { code }), endedAt: at },
});
const later = (ms: number) => new Date(NOW.getTime() + ms);

describe("what was sent on a day", () => {
  test("an attempt is claimed once for each audience", () => {
    decides(digestAggregate, [], startDigest("secretary", NOW), [started("secretary")]);
    decides(digestAggregate, [started("secretary")], startDigest("team/Tigers", NOW), [started("team/Tigers")]);
  });

  test("its outcome is recorded once", () => {
    const end = endDigest({ audience: "secretary", attempt: 1, outcome: "unknown", code: "ETIMEDOUT" }, NOW);
    decides(digestAggregate, [started("secretary")], end, [ended("unknown", "ETIMEDOUT")]);
    decides(digestAggregate, [started("secretary"), ended("sent")], end, []);
  });

  test.each([["sent"], ["refused"], ["unknown"]] as const)("after %s no other attempt is made", (outcome) => {
    const state = [started("secretary"), ended(outcome)].reduce(digestAggregate.evolve, digestAggregate.initial);
    expect(startDigest("secretary", later(60 * MINUTE))(state)).toEqual([]);
  });

  test("a deferred e-mail is retried after ten minutes; one without a recorded outcome is not", () => {
    const putOff = [started("secretary"), ended("later", "451")];
    const state = putOff.reduce(digestAggregate.evolve, digestAggregate.initial);
    expect(startDigest("secretary", later(10 * MINUTE - 1))(state)).toEqual([]);
    expect(startDigest("secretary", later(10 * MINUTE))(state)).toMatchObject([{ data: { attempt: 2 } }]);
    const died = digestAggregate.evolve(digestAggregate.initial, started("secretary"));
    expect(startDigest("secretary", later(60 * MINUTE))(died)).toEqual([]);
  });
});

const row = (child_name: string, more: Partial<Row> = {}): Row =>
  ({
    child_name,
    parent_phone: "+447700900123",
    team: "Tigers",
    season: "2627",
    held_for: null,
    payment_status: "pending",
    suspended_at: null,
    reinstated_at: null,
    cancelled: 0,
    ...more,
  }) as Row;
const entry = (child_name: string): TodayView["entries"][number] => ({
  row: row(child_name),
  reasons: [{ code: "opted_out", sentence: "The owner of this number wants no texts.", nextStep: "Call the parent" }],
});

describe("the secretary's e-mail", () => {
  test("names the families that need a human by first name and team, and links to the board", () => {
    const digest = secretaryDigest({ entries: [entry("Ann Lee"), entry("Ben O'Neill")], deadLetters: 1 }, place);
    expect(digest).toEqual({
      subject: "Your Club: 2 families need somebody today",
      text: `2 families need somebody today.

Ann (Tigers): The owner of this number wants no texts. Call the parent.
Ben (Tigers): The owner of this number wants no texts. Call the parent.
Messages inside Touchline that could not be handled: 1. Ask the person who runs it.

All of them: https://board.example/admin

Your Club
`,
    });
  });

  test("messages that could not be handled are its subject if no family needs anybody", () => {
    const letters = "Messages inside Touchline that could not be handled: 2";
    expect(secretaryDigest({ entries: [], deadLetters: 2 }, place)).toEqual({
      subject: `Your Club: ${letters}`,
      text: `${letters}. Ask the person who runs it.\n\nAll of them: https://board.example/admin\n\nYour Club\n`,
    });
  });

  test("none is sent if there is nothing to do, and a long list is cut", () => {
    expect(secretaryDigest({ entries: [], deadLetters: undefined }, place)).toBeUndefined();
    const many = Array.from({ length: 60 }, (_, i) => entry(`Ann${i} Lee`));
    expect(secretaryDigest({ entries: many, deadLetters: 0 }, place)?.text).toMatch(/Ann49 .*\n… and 10 more\n/);
  });
});

test("a manager's e-mail says who may not play, who may play again since yesterday, and who has yet to pay", () => {
  const yesterday = "2026-09-09T22:30:00.000Z";
  const rows = [
    row("Ann Lee", { suspended_at: yesterday }),
    row("Ben O'Neill", { payment_status: "paid", reinstated_at: yesterday }),
    // Yesterday's e-mail already had the first; tomorrow's will have the second.
    row("Cat Doe", { payment_status: "paid", reinstated_at: "2026-09-08T22:30:00.000Z" }),
    row("Dan Roe", { payment_status: "paid", reinstated_at: "2026-09-09T23:30:00.000Z" }),
    row("Eve Poe"),
    row("Fay Low", { cancelled: 1 }),
    row("Gus Day", { payment_status: "waived" }),
    // Last season's debt does not keep a child from playing, nor does a registration that may be a duplicate.
    row("Hal May", { season: "2526", suspended_at: yesterday }),
    row("Ida Fox", { season: "2526" }),
    row("Jo Nye", { held_for: "another" }),
  ];
  expect(managerDigest("Tigers", rows, NOW, place)).toEqual({
    subject: "Your Club, Tigers: 1 suspended, 1 yet to pay",
    text: `Suspended, because the fee is unpaid; they may not play:
- Ann

May play again since yesterday:
- Ben

Have yet to pay:
- Eve

Your Club
`,
  });
  expect(managerDigest("Tigers", rows.slice(5), NOW, place)).toBeUndefined();
});

describe("sending", () => {
  const world = (outcomes: MailOutcome[] = []) => {
    const clock = { at: NOW };
    const store = memoryEventStore(() => clock.at);
    const sent: Mail[] = [];
    const instance = (send = async (): Promise<MailOutcome> => outcomes.shift() ?? { kind: "sent" }) => {
      const mailer = {
        send: (mail: Mail) => {
          sent.push(mail);
          return send();
        },
      };
      const write = async () => ({ subject: "s", text: "t" });
      const audiences = ["secretary", "team/Tigers"].map((audience) => ({ audience, to: `${audience}@x`, write }));
      return createDigests({ store, mailer, audiences, now: () => clock.at, onOutcome: () => {} });
    };
    return { clock, sent, instance };
  };

  test("two instances send each e-mail once a day, in the morning", async () => {
    const { clock, sent, instance } = world();
    const [one, other] = [instance(), instance()];
    for (const time of ["06:59", "07:00", "08:30", "10:59", "11:00", "20:00"]) {
      clock.at = new Date(`2026-09-10T${time}:00.000Z`);
      await Promise.all([one(), other()]);
      expect(sent).toHaveLength(time === "06:59" ? 0 : 2);
    }
    clock.at = new Date("2026-09-11T07:00:00.000Z");
    await Promise.all([one(), other()]);
    expect(sent.map(({ to }) => to).sort()).toEqual(["secretary@x", "secretary@x", "team/Tigers@x", "team/Tigers@x"]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(4);
  });

  test("none is sent after the morning, whatever was missed", async () => {
    const { clock, sent, instance } = world();
    clock.at = new Date("2026-09-10T11:00:00.000Z");
    await instance()();
    expect(sent).toEqual([]);
  });

  test("an e-mail whose process died while sending is not sent again", async () => {
    const { sent, instance } = world();
    void instance(() => new Promise(() => {}))();
    await expect.poll(() => sent).toHaveLength(1);
    await instance()();
    expect(sent.map(({ to }) => to)).toEqual(["secretary@x", "team/Tigers@x"]);
  });

  test("a busy server is retried, an unknown outcome is left alone", async () => {
    const { clock, sent, instance } = world([
      { kind: "later", code: "451" },
      { kind: "unknown", code: "ETIMEDOUT" },
    ]);
    for (let minute = 0; minute < 30; minute++) {
      clock.at = later(minute * MINUTE);
      await instance()();
    }
    expect(sent.map(({ to }) => to)).toEqual(["secretary@x", "team/Tigers@x", "secretary@x"]);
  });
});
