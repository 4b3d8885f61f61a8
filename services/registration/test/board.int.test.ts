import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBoard } from "./board-client.ts";
import { createWorld } from "./families.ts";
import { type RunningService, startService } from "./harness.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;
let board: ReturnType<typeof openBoard>;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, { CLUB_NAME: "Tigers" });
  world = createWorld(infrastructure.eventStore.url);
  board = openBoard(service.http);
});

afterAll(async () => {
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const get = (path: string) => board.get(path);
const post = (path: string, fields: Record<string, string>) => board.post(path, fields);
const csrfIn = (path: string) => board.csrfIn(path);

const statusFor = async (headers: Record<string, string>) => {
  const { hostname, port } = new URL(service.http);
  const asked = request({ hostname, port, path: "/admin", headers }).end();
  const [answer] = await once(asked, "response");
  answer.resume();
  return answer.statusCode;
};

const eventsOf = async (id: string) => (await world.store.read(`registration-${id}`)).map(({ type }) => type);

test("opens for this machine's own names only", async () => {
  expect(await statusFor({ host: "localhost:8001" })).toBe(200);
  expect((await get("/admin/")).status).toBe(200);
  expect(await statusFor({ host: "evil.example:8001" })).toBe(403);
  expect(await statusFor({ host: "localhost", "x-forwarded-for": "203.0.113.9" })).toBe(403);
});

test("scripts, frames and caches are forbidden", async () => {
  const answer = await get("/admin");
  expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
  expect(answer.headers.get("content-security-policy")).not.toContain("unsafe");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await answer.text()).not.toMatch(/<script(?! src=)|style="|onclick/);
});

test("a name is shown as it is written, and a number masked", async () => {
  const id = randomUUID();
  await world.register(id, ["<script>alert(1)</script>", "O'Neill"], 0, "+447700900456");
  const page = await (await get(`/admin/registrations/${id}`)).text();
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt; O&#39;Neill");
  expect(page).not.toContain("<script>alert");
  for (const path of ["/admin", "/admin/registrations", `/admin/registrations/${id}`, "/admin/export.csv"]) {
    expect(await (await get(path)).text()).not.toContain("7700900456");
  }
  const csrf = await csrfIn(`/admin/registrations/${id}`);
  expect(await (await post(`/admin/registrations/${id}/number`, { csrf })).text()).toContain("+447700900456");
});

test("a number that half the club has does not fill the page", async () => {
  const ids = Array.from({ length: 25 }, () => randomUUID());
  for (const id of ids) await world.register(id, ["Leo", "Khan"], 1, "+447700900321");
  const page = () => get(`/admin/registrations/${ids[0]}`).then((answer) => answer.text());
  const siblings = (text: string) => text.slice(text.indexOf("Same number")).split('class="name"').length - 1;
  await expect.poll(async () => siblings(await page())).toBe(20);
});

test("only the board's own forms change anything", async () => {
  const id = randomUUID();
  await world.register(id, ["Zoë", "O'Neill"]);
  const page = `/admin/registrations/${id}`;
  expect((await get(page)).status).toBe(200);
  const csrf = await csrfIn(page);
  expect((await post(`${page}/resend`, {})).status).toBe(403);
  expect((await post(`${page}/resend`, { csrf: "forged" })).status).toBe(403);
  const other = openBoard(service.http);
  expect((await post(`${page}/resend`, { csrf: await other.csrfIn(page) })).status).toBe(403);
  expect(await (await other.post(`${page}/resend`, { csrf })).text()).toContain("nothing was done");
  expect(await eventsOf(id)).toEqual(["RegistrationCompleted"]);

  const sent = await post(`${page}/resend`, { csrf });
  expect([sent.status, sent.headers.get("location")]).toEqual([303, `${page}?done=resend`]);
  expect(await eventsOf(id)).toEqual(["RegistrationCompleted", "PaymentLinkResendRequested"]);
  const again = await post(`${page}/resend`, { csrf });
  expect(again.status).toBe(429);
  expect(await again.text()).toContain("less than a minute ago");
});

test("a number that cannot be texted is refused with a reason, and a good one corrected", async () => {
  const id = randomUUID();
  await world.register(id, ["Ivy", "Wilson"]);
  const page = `/admin/registrations/${id}`;
  const csrf = await csrfIn(page);
  const refused = await post(`${page}/phone`, { csrf, phone: "020 7946 0000" });
  expect(refused.status).toBe(422);
  expect(await refused.text()).toMatch(/id="phone-violation">[^<]+<.*value="020 7946 0000"/s);
  const taken = await post(`${page}/phone`, { csrf, phone: "07700 900789" });
  expect(taken.headers.get("location")).toBe(`${page}?done=phone`);
  expect((await post(`${page}/phone`, { csrf, phone: "07700900789" })).headers.get("location")).toBe(
    `${page}?done=same`,
  );
  expect(await eventsOf(id)).toEqual(["RegistrationCompleted", "ParentPhoneCorrected"]);
});

test("the board says when a corrected number gets no text, and when the link cannot be texted again", async () => {
  const id = randomUUID();
  await world.register(id, ["Ada", "Paid"]);
  await world.token(id, "BRQ0000ADA1");
  await world.payment(id, "BRQ0000ADA1", "paid");
  const page = `/admin/registrations/${id}`;
  await expect.poll(async () => (await get(page)).text()).toContain("</span> Paid");
  const csrf = await csrfIn(page);
  const corrected = await post(`${page}/phone`, { csrf, phone: "07700 900789" });
  expect(corrected.headers.get("location")).toBe(`${page}?done=phone_paid`);
  expect(await (await get(`${page}?done=phone_paid`)).text()).toContain("not texted to it: it is paid already");
  const again = await post(`${page}/resend`, { csrf });
  expect(again.status).toBe(409);
  expect(await again.text()).toContain("The link is not texted: it is paid already.");
  expect(await (await get(page)).text()).toContain("<dt>Paid</dt>");
  await world.payment(id, "BRQ0000ADA1", "refunded");
  await expect.poll(async () => (await get(page)).text()).not.toContain("<dt>Paid</dt>");
  expect((await post("/admin/registrations/no-such-id/resend", { csrf })).status).toBe(404);
});

test("filters and CSV agree with the statuses, and no cell runs as a formula", async () => {
  const [paid, stuck] = [randomUUID(), randomUUID()];
  await world.register(paid, ["=HYPERLINK(1)", "Paid"]);
  await world.token(paid, "BRQ0000PAID");
  await world.payment(paid, "BRQ0000PAID", "paid");
  await world.register(stuck, ["Stuck", "Text"]);
  await world.token(stuck, "BRQ000STUCK");
  await world.text(stuck, "BRQ000STUCK", 0, ["undelivered", "30005"]);
  await expect.poll(async () => (await get("/admin/registrations?show=undelivered")).text()).toContain(stuck);

  const unpaid = await (await get("/admin/registrations?show=unpaid")).text();
  expect(unpaid).toContain(stuck);
  expect(unpaid).not.toContain(paid);
  const csv = await get("/admin/export.csv?show=all");
  expect(csv.headers.get("content-disposition")).toMatch(/^attachment; filename="registrations-all-[\d-]+\.csv"$/);
  const lines = (await csv.text()).split("\r\n");
  expect(lines.find((line) => line.startsWith(paid))).toContain(`"'=HYPERLINK(1) Paid"`);
  expect(lines.filter((line) => line.includes(stuck))).toHaveLength(1);
  const owing = await (await get("/admin/export.csv?sort=oldest_unpaid")).text();
  expect([owing.includes(stuck), owing.includes(paid)]).toEqual([true, false]);
  await world.happens(paid, "RegistrationCancelled", { reason: "moved away", cancelledAt: world.at(0) });
  await expect
    .poll(async () => (await get("/admin/export.csv?q=hyperlink")).text())
    .toMatch(/,cancelled,suspended_at,held_for\r\n.*,paid,.*,1,,\r\n/s);
});

test("a link from an earlier version still leads to the list", async () => {
  const old = await get("/admin?show=unpaid&after=x");
  expect([old.status, old.headers.get("location")]).toEqual([303, "/admin/registrations?show=unpaid&after=x"]);
});

test("a search is an address: Back leads to it, filters and CSV go along, and no log keeps it", async () => {
  const [chloe, max] = [randomUUID(), randomUUID()];
  await world.register(chloe, ["Chloë", "D’Arcy"], 0, "+447700900871");
  await world.register(max, ["Max", "D’Arcy"], 0, "+447700900872", "Lions");
  await expect.poll(async () => (await get("/admin/registrations?q=darcy")).text()).toContain(max);
  for (const q of ["darcy chloe", "07700 900871", "0871 d'arcy", chloe]) {
    const text = await (await get(`/admin/registrations?${new URLSearchParams({ q }).toString()}`)).text();
    expect([q, text.includes(chloe), text.includes(max)]).toEqual([q, true, false]);
    expect(text).toContain("1 found");
  }
  const lions = "q=darcy&team=Lions&sort=name&paid=pending";
  const page = await (await get(`/admin/registrations?${lions}`)).text();
  expect(page).toMatch(/<option value="Lions" selected>/);
  expect(page).toContain("show=unpaid&amp;sort=name&amp;q=darcy&amp;team=Lions");
  const csv = await (await get(`/admin/export.csv?${lions}`)).text();
  expect([csv.includes(max), csv.includes(chloe)]).toEqual([true, false]);
  expect(await (await get("/admin/registrations?q=nobody+at+all")).text()).toContain("Nobody found");
  expect((await get("/admin/registrations?q=a&q=b&show=%00&after=AAAA")).status).toBe(200);
  expect(service.output()).not.toMatch(/darcy|d'arcy|0871/i);
});

test("a note is added once, shown as it is written, removed, and in no log and no metric", async () => {
  const id = randomUUID();
  await world.register(id, ["Noa", "Noted"]);
  const page = `/admin/registrations/${id}`;
  const csrf = await csrfIn(page);
  const note = randomUUID();
  const text = "<b>pays</b> coach\nin pieces of eight";
  for (const _ of [1, 2]) {
    const sent = await post(`${page}/note`, { csrf, note, text });
    expect(sent.headers.get("location")).toBe(`${page}?done=note`);
  }
  const shown = await (await get(page)).text();
  expect(shown).toContain("&lt;b&gt;pays&lt;/b&gt; coach\nin pieces of eight");
  expect(shown.split("pieces of eight")).toHaveLength(2);
  expect(shown).toMatch(/<time[^>]*>[^<]*<\/time> by the board on its own machine/);
  const empty = await post(`${page}/note`, { csrf, note: randomUUID(), text: " " });
  expect([empty.status, (await empty.text()).includes('id="note-violation"')]).toEqual([422, true]);
  expect((await post(`${page}/remove-note`, { csrf, note: "no-such" })).status).toBe(404);
  const removed = await post(`${page}/remove-note`, { csrf, note });
  expect(removed.headers.get("location")).toBe(`${page}?done=note_removed`);
  expect(await (await get(page)).text()).not.toContain("pieces of eight");
  expect(await (await fetch(`${service.http}/metrics`)).text()).not.toContain("pieces");
  expect(service.output()).not.toContain("pieces of eight");
});

test("irreversible actions need a tick, and report their result", async () => {
  const id = randomUUID();
  await world.register(id, ["Eve", "Ended"]);
  const page = `/admin/registrations/${id}`;
  const csrf = await csrfIn(page);
  for (const action of ["cancel", "erase", "refund"]) {
    const answer = await post(`${page}/${action}`, { csrf });
    expect([action, answer.status]).toEqual([action, 422]);
    expect(await answer.text()).toContain("Nothing was done");
  }
  const sure = { csrf, sure: "yes" };
  const wrong = await post(`${page}/cancel`, { ...sure, reason: "www.evil.example" });
  expect([wrong.status, (await wrong.text()).includes('id="cancel-violation"')]).toEqual([422, true]);
  expect(await eventsOf(id)).toEqual(["RegistrationCompleted"]);
  const cancelled = await post(`${page}/cancel`, { ...sure, reason: "moved away" });
  expect(cancelled.headers.get("location")).toBe(`${page}?done=cancelled`);
  const shown = await (await get(`${page}?done=cancelled`)).text();
  expect(shown).toContain("no more texts go out");
  expect(shown).not.toContain(`${page}/cancel`);
  const erased = await post(`${page}/erase`, sure);
  expect(erased.headers.get("location")).toBe("/admin/registrations?done=erased");
  expect(await (await get("/admin/registrations?done=erased")).text()).toContain("The family is forgotten");
  expect((await get(page)).status).toBe(404);
  expect(await eventsOf(id)).toEqual(["RegistrationCompleted", "RegistrationCancelled", "RegistrationErased"]);
});

test("a family that is behind has a list of its own, and its refund is asked for once", async () => {
  const id = randomUUID();
  const [link, page] = ["BRQ000BEHIND", `/admin/registrations/${id}`];
  await world.register(id, ["Max", "Behind"]);
  await world.token(id, link);
  await world.payment(id, link, "paid");
  await world.months(id, link, { behindPence: 2_750, monthsMissed: 1, mandate: "gone", paidTwicePence: 1_000 });
  await expect.poll(async () => (await get("/admin/registrations?show=behind")).text()).toContain(id);
  const text = await (await get(page)).text();
  for (const words of ["Behind £27.50", "Direct Debit ended", "£10 paid twice"]) expect(text).toContain(words);
  const refund = /name="refund" value="([^"]+)"/.exec(text)?.[1] ?? "";
  const csrf = await csrfIn(page);
  const wrong = await post(`${page}/refund`, { csrf, sure: "yes", refund, pounds: "ten" });
  expect([wrong.status, (await wrong.text()).includes('id="refund-violation"')]).toEqual([422, true]);
  const wish = { csrf, sure: "yes", refund, pounds: "10.00" };
  expect((await post(`${page}/refund`, wish)).headers.get("location")).toBe(`${page}?done=refund`);
  expect((await post(`${page}/refund`, wish)).headers.get("location")).toBe(`${page}?done=refunding`);
  expect((await post(`${page}/refund`, { ...wish, pounds: "11" })).status).toBe(409);
  expect(await eventsOf(id)).toEqual(["RegistrationCompleted", "RegistrationRefundRequested"]);
});
