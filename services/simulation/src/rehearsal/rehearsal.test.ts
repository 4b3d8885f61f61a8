import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readFlags } from "./flags.ts";
import { assumedShares, drawLives, type Life, seasonFrom } from "./life.ts";
import { livesIn } from "./log.ts";
import { play } from "./play.ts";
import { rehearse } from "./rehearse.ts";
import { tallyOf } from "./tally.ts";

const season = seasonFrom(2026);
const now = new Date("2026-05-01T12:00:00Z");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rehearsal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const lines: string[] = [];
  const code = rehearse(args, env, now, (line) => lines.push(line));
  return { code, text: lines.join("\n") };
};

const rules = (...args: string[]) => {
  const wanted = readFlags(args, {}, now);
  if (!wanted) throw new Error("Flags were given.");
  return wanted.next;
};

const at = (day: string) => Date.parse(`${day}Z`);
/** Registers on a Thursday evening in summer time, and never pays. */
const never: Life = {
  registeredMs: at("2026-08-06T17:30:00"),
  childName: "Ella",
  reachable: true,
  acts: [],
  answersMs: [],
};
const texts = (life: Life, ...args: string[]) =>
  play([life], rules(...args), season).texts.map((text) => `${text.at.toISOString()} ${text.purpose}`);

test("a family that never pays gets the link and every reminder, and is suspended", () => {
  expect(texts(never, "--reminder-days", "3,7")).toEqual([
    "2026-08-06T17:30:00.000Z payment_link",
    "2026-08-09T17:30:00.000Z reminder",
    "2026-08-13T17:30:00.000Z reminder",
  ]);
  const { suspensions, suspendedFamilies } = play(
    [never],
    rules("--reminder-days", "3,7", "--suspend-after-days", "10"),
    season,
  );
  expect(suspensions).toEqual([new Date("2026-08-16T17:30:00.000Z")]);
  expect(suspendedFamilies).toBe(1);
});

test("who pays is thanked, and not reminded", () => {
  const pays = { ...never, answersMs: [30 * 60_000] };
  expect(texts(pays)).toEqual(["2026-08-06T17:30:00.000Z payment_link", "2026-08-06T18:00:00.000Z confirmation"]);
  expect(texts(pays, "--set", "SMS_CONFIRMATION=false")).toHaveLength(1);
});

test("a payment that goes back is asked for again, and reminders begin again", () => {
  const failing: Life = { ...never, answersMs: [0], goesBack: { afterMs: 4 * 86_400_000, as: "failed" } };
  expect(texts(failing, "--reminder-days", "2").slice(2)).toEqual([
    "2026-08-10T17:30:00.000Z reopened",
    "2026-08-12T17:30:00.000Z reminder",
  ]);
});

test("reminders wait for the morning", () => {
  const late = { ...never, registeredMs: at("2026-08-06T22:00:00") };
  expect(texts(late, "--reminder-days", "3")).toEqual([
    "2026-08-06T22:00:00.000Z payment_link",
    "2026-08-10T07:00:00.000Z reminder",
  ]);
});

test("a number that cannot be texted gets one text, and the corrected one the link", () => {
  const wrong: Life = {
    ...never,
    reachable: false,
    acts: [{ atMs: at("2026-08-11T10:00:00"), what: "number_corrected" }],
  };
  expect(texts(wrong, "--reminder-days", "3,7")).toEqual([
    "2026-08-06T17:30:00.000Z payment_link",
    "2026-08-11T10:00:00.000Z corrected_phone",
    "2026-08-13T17:30:00.000Z reminder",
  ]);
});

test("who has left or replied STOP gets nothing more", () => {
  for (const what of ["cancelled", "opted_out"] as const)
    expect(texts({ ...never, acts: [{ atMs: at("2026-08-07T10:00:00"), what }] })).toHaveLength(1);
});

test("a daily limit moves what is over it to another day", () => {
  const days = play([never, never], rules("--reminder-days", "", "--set", "SMS_DAILY_LIMIT=1"), season).texts;
  expect(days.map((text) => text.at.toISOString())).toEqual(["2026-08-06T17:30:00.000Z", "2026-08-06T23:00:00.000Z"]);
});

test("a letter outside GSM-7 makes more segments, and they are what is paid for", () => {
  const tally = (childName: string) =>
    tallyOf(play([{ ...never, childName }], rules("--reminder-days", ""), season), 4);
  expect(tally("Ella").total).toEqual({ texts: 1, segments: 1, pence: 4 });
  expect(tally("Zoë")).toMatchObject({ total: { texts: 1, segments: 3, pence: 12 }, ucs2: 1 });
});

test("a seed draws the same families, whatever the settings", () => {
  const draw = (seed: number) => drawLives(seed, 20, season, assumedShares);
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  for (const { registeredMs } of draw(1)) {
    expect(registeredMs).toBeGreaterThanOrEqual(season.startMs);
    expect(registeredMs).toBeLessThan(season.endMs);
  }
});

test("a log gives the days and kinds, moved into the season", () => {
  const log = [
    { family: 1, at: "2025-08-01T10:00:00.000Z", what: "registered" },
    { family: 1, at: "2026-01-05T10:00:00.000Z", what: "paid" },
    { family: 2, at: "2025-08-02T10:00:00.000Z", what: "registered" },
    { family: 2, at: "2025-08-02T10:01:00.000Z", what: "not_delivered" },
  ];
  expect(livesIn(log.map((line) => JSON.stringify(line)).join("\n"), season)).toMatchObject([
    {
      registeredMs: at("2026-08-01T10:00:00"),
      reachable: true,
      acts: [{ atMs: at("2027-01-05T10:00:00"), what: "paid" }],
    },
    { registeredMs: at("2026-08-02T10:00:00"), reachable: false, acts: [] },
  ]);
});

test("only the last season of a log counts, and June belongs to the coming one", () => {
  const line = (family: number, day: string, what = "registered") =>
    JSON.stringify({ family, at: `${day}T10:00:00.000Z`, what });
  const ofOthers = [line(1, "2023-08-01"), line(2, "2024-08-01")];
  const ofLast = [line(3, "2025-06-10"), line(4, "2025-08-01"), line(3, "2026-06-02", "cancelled")];
  const begun = [line(5, "2026-07-03")];
  const registered = (lines: readonly string[]) =>
    livesIn(lines.join("\n"), season).map(({ registeredMs }) => new Date(registeredMs).toISOString());
  expect(registered([...ofOthers, ...ofLast, ...begun])).toEqual([
    new Date(season.startMs).toISOString(),
    "2026-08-01T10:00:00.000Z",
  ]);
  expect(registered(begun)).toEqual(["2026-07-03T10:00:00.000Z"]);
});

test("configured days of this season count as those of the season that is rehearsed", () => {
  const days = ["--set", "SEASON_START=2020-09-01", "--set", "SEASON_END=2021-05-31"];
  const { monthly } = rules(...days).freshLink;
  expect(monthly).toMatchObject({ from: `${season.year}-09-01`, until: `${season.year + 1}-05-31` });
});

test("both settings are shown side by side, without a name or a number", () => {
  const html = join(folder, "page.html");
  const { code, text } = run(
    ["--families", "40", "--reminder-days", "3,7", "--suspend-after-days", "10", "--html", html],
    { REMINDER_DAYS: "3", TWILIO_AUTH_TOKEN: "secret-of-twilio" },
  );
  expect(code).toBe(0);
  expect(text).toMatch(/REMINDER_DAYS: “3” → “3,7”/);
  expect(text).toMatch(/^Texts +\d+ +\d+ +\+\d+$/m);
  expect(text).toMatch(/^Jul 2026 +\d+/m);
  const page = readFileSync(html, "utf8");
  expect(page).toContain("<svg");
  expect(page).not.toMatch(/<script|https?:\/\/(?!pay\.yourclub\.example)/);
  for (const output of [text, page]) expect(output).not.toMatch(/\+?447\d{9}|Ella|Zoë|Łukasz|BRQ|secret-of-twilio/);
});

test("the words of a template are escaped in the page", () => {
  const html = join(folder, "page.html");
  const link = "{PAYMENT_BASE_URL}/reg_setup/{billing_request_id}";
  run(["--families", "1", "--template", `<b>Pay</b> ${link}`, "--html", html]);
  expect(readFileSync(html, "utf8")).toContain("&lt;b&gt;Pay&lt;/b&gt;");
});

test.each([
  [["--reminder-days", "7,3"], /^--reminder-days: REMINDER_DAYS must be/],
  [["--template", "Pay!"], /^--template: SMS_TEMPLATE: The placeholder \{PAYMENT_BASE_URL\} is missing/],
  [["--families", "0"], /^--families: write a whole number from 1 to 5000/],
  [["--set", "NO_SUCH=1"], /^--set: no service reads NO_SUCH/],
  [["--set", "SMS_REMINDR_1_TEMPLATE=x"], /^--set: no service reads SMS_REMINDR_1_TEMPLATE/],
  [["--set", "NATS_URL=nats://x"], /^--set: NATS_URL changes nothing/],
  [["--set", "REMINDER_DAYS"], /^--set: write NAME=value/],
  [["--set", "REMINDER_DAYS=3", "--reminder-days", "4"], /^--reminder-days: --set REMINDER_DAYS says the same/],
  [["--pence-per-segment", "four"], /^--pence-per-segment: write a price/],
  [["--share", "never=101"], /^--share: never is a share from 0 to 100/],
  [["--share", "often=1"], /^--share: there is hour, later/],
  [["--log", "/no/such/file"], /^--log: the file cannot be read \(ENOENT\)/],
  [["--what"], /^The flags: .*--what/],
])("%j is refused, with the flag and the reason", (args, message) => {
  const { code, text } = run(args);
  expect(text).toMatch(message);
  expect(code).toBe(2);
});

test("a broken log is refused with its line", () => {
  const log = join(folder, "season.jsonl");
  writeFileSync(log, '{"family":1,"at":"2025-08-01T10:00:00Z","what":"registered"}\n{"family":1}\n');
  expect(run(["--log", log])).toMatchObject({ code: 2, text: "--log: line 2 has no time." });
});

test("--help shows an example", () => {
  expect(run(["--help"])).toMatchObject({
    code: 0,
    text: expect.stringContaining("npm run rehearse -- --reminder-days"),
  });
});
