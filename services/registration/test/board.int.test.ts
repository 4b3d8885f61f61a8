import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld } from "./families.ts";
import { type RunningService, startService } from "./harness.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, { CLUB_NAME: "Tigers" });
  world = createWorld(infrastructure.eventStore.url);
});

afterAll(async () => {
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(service.http + path, { headers, redirect: "manual" });

const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(service.http + path, { method: "POST", headers, redirect: "manual", body: new URLSearchParams(fields) });

const csrfIn = async (answer: Promise<Response>) =>
  /name="csrf" value="([^"]+)"/.exec(await (await answer).text())?.[1] ?? "none";

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

test("nothing may be run, framed or kept", async () => {
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
  for (const path of ["/admin", `/admin/registrations/${id}`, "/admin/export.csv"]) {
    expect(await (await get(path)).text()).not.toContain("7700900456");
  }
  const csrf = await csrfIn(get(`/admin/registrations/${id}`));
  expect(await (await post(`/admin/registrations/${id}/number`, { csrf })).text()).toContain("+447700900456");
});

test("a number that half the club has does not fill the page", async () => {
  const ids = Array.from({ length: 25 }, () => randomUUID());
  for (const id of ids) await world.register(id, ["Leo", "Khan"], 1, "+447700900321");
  const page = () => get(`/admin/registrations/${ids[0]}`).then((answer) => answer.text());
  const siblings = (text: string) => text.slice(text.indexOf("Same number")).split('class="name"').length - 1;
  await expect.poll(async () => siblings(await page())).toBe(20);
});

test("only a form of its own changes anything", async () => {
  const id = randomUUID();
  await world.register(id, ["Zoë", "O'Neill"]);
  const page = `/admin/registrations/${id}`;
  expect((await get(page)).status).toBe(200);
  const csrf = await csrfIn(get(page));
  expect((await post(`${page}/resend`, {})).status).toBe(403);
  expect((await post(`${page}/resend`, { csrf: "forged" })).status).toBe(403);
  expect((await post(`${page}/resend`, { csrf }, { origin: "https://evil.example" })).status).toBe(403);
  expect((await post(`${page}/resend`, { csrf }, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect(await eventsOf(id)).toEqual(["RegistrationCompleted"]);

  const sent = await post(`${page}/resend`, { csrf }, { origin: service.http });
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
  const csrf = await csrfIn(get(page));
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
  const csrf = await csrfIn(get(page));
  const corrected = await post(`${page}/phone`, { csrf, phone: "07700 900789" });
  expect(corrected.headers.get("location")).toBe(`${page}?done=phone_paid`);
  expect(await (await get(`${page}?done=phone_paid`)).text()).toContain("not texted to it: it is paid already");
  const again = await post(`${page}/resend`, { csrf });
  expect(again.status).toBe(409);
  expect(await again.text()).toContain("The link is not texted: it is paid already.");
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
  await expect.poll(async () => (await get("/admin?show=undelivered")).text()).toContain(stuck);

  const unpaid = await (await get("/admin?show=unpaid")).text();
  expect(unpaid).toContain(stuck);
  expect(unpaid).not.toContain(paid);
  const csv = await get("/admin/export.csv?show=all");
  expect(csv.headers.get("content-disposition")).toMatch(/^attachment; filename="registrations-all-[\d-]+\.csv"$/);
  const lines = (await csv.text()).split("\r\n");
  expect(lines.find((line) => line.startsWith(paid))).toContain(`"'=HYPERLINK(1) Paid"`);
  expect(lines.filter((line) => line.includes(stuck))).toHaveLength(1);
});

test("a search finds by part of a name, whatever its accents, and by number; no address shows what was searched", async () => {
  const id = randomUUID();
  await world.register(id, ["Chloë", "D’Arcy"], 0, "+447700900321");
  await expect.poll(async () => (await get("/admin")).text()).toContain(id);
  const csrf = await csrfIn(get("/admin"));
  for (const q of ["chloe d'ar", "07700 900321"]) {
    expect(await (await post("/admin/search", { csrf, q })).text()).toContain(id);
  }
  expect(await (await post("/admin/search", { csrf, q: "nobody at all" })).text()).toContain("Nobody found");
  expect((await post("/admin/search", { q: "chloe" })).headers.get("location")).toBe("/admin");
});

test("with a token it asks for it, and forgets after logging out", async () => {
  const guarded = await startService(
    { ...infrastructure, dataDir: `${infrastructure.dataDir}/guarded` },
    { ADMIN_TOKEN: "the-committee-knows-it" },
  );
  try {
    const url = (path: string) => guarded.http + path;
    const ask = (path: string, cookie = "") => fetch(url(path), { headers: { cookie }, redirect: "manual" });
    const send = (path: string, fields: Record<string, string>, headers = {}) =>
      fetch(url(path), { method: "POST", body: new URLSearchParams(fields), headers, redirect: "manual" });
    expect((await ask("/admin")).headers.get("location")).toBe("/admin/login");
    expect((await ask("/admin/export.csv")).status).toBe(303);
    expect((await ask("/admin/events")).status).toBe(401);
    expect((await send("/admin/search", { q: "a" })).status).toBe(401);
    expect((await send("/admin/login", { token: "wrong" })).status).toBe(403);
    expect(
      (await send("/admin/login", { token: "the-committee-knows-it" }, { origin: "https://evil.example" })).status,
    ).toBe(403);

    const entered = await send("/admin/login", { token: "the-committee-knows-it" });
    const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
    const inside = await ask("/admin", cookie);
    expect(inside.status).toBe(200);
    const csrf = await csrfIn(Promise.resolve(inside));
    expect((await send("/admin/logout", { csrf }, { cookie })).headers.get("set-cookie")).toMatch(/=; .*Max-Age=0/);
    for (let i = 0; i < 10; i++) await send("/admin/login", { token: "wrong" });
    expect((await send("/admin/login", { token: "wrong" })).status).toBe(429);
    expect((await send("/admin/login", { token: "the-committee-knows-it" })).status).toBe(303);
    expect(guarded.output()).not.toContain("committee");
  } finally {
    expect(await guarded.stop()).toBe(0);
  }
});
