import { eventually } from "@touchline/testing";
import { metric } from "@touchline/testing/stack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Instance, linkOf, paymentEvents, register, type Stack, startStack, status, tap } from "./stack.ts";

let stack: Stack;
let service: Instance;

beforeAll(async () => {
  stack = await startStack({ env: { FLOW_REUSE_SECONDS: "2", WEBHOOK_POLL_SECONDS: "3600" } });
  service = await stack.start();
});
afterAll(() => stack.stop());

const newLink = async () => linkOf(stack, await register(stack.store));
const flowsOf = (link: string) => stack.goCardless.flows.filter((f) => f.links.billing_request === link);

describe("a tap", () => {
  test("shares its flow with simultaneous taps and with one a moment later; an old flow is not reused", async () => {
    const link = await newLink();
    const answers = await Promise.all(Array.from({ length: 40 }, () => tap(service.url, link)));
    expect(answers.map((a) => a.status)).toEqual(Array(40).fill(303));
    expect(new Set(answers.map((a) => a.headers.get("location"))).size).toBe(1);
    expect((await tap(service.url, link)).headers.get("location")).toBe(answers[0]?.headers.get("location"));
    expect(flowsOf(link)).toHaveLength(1);
    await eventually(async () => {
      await tap(service.url, link);
      return flowsOf(link).length === 2;
    });
    const opened = (await paymentEvents(stack.store, link)).filter((e) => e.type === "PaymentLinkOpened");
    expect(opened).toHaveLength(1);
  });

  test("by HEAD or a preview creates nothing and gets the club's name", async () => {
    const link = await newLink();
    const head = await fetch(`${service.url}/reg_setup/${link}`, { method: "HEAD", redirect: "manual" });
    expect(head.status).toBe(200);
    for (const headers of [
      { "user-agent": "facebookexternalhit/1.1 Facebot Twitterbot/1.0" },
      { "sec-purpose": "prefetch" },
    ]) {
      const answer = await tap(service.url, link, headers);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain("Tigers FC");
    }
    expect(flowsOf(link)).toEqual([]);
    expect((await paymentEvents(stack.store, link)).map((e) => e.type)).toEqual(["PaymentTokenCreated"]);
  });

  test("by a parent taken for a preview leads on from the preview page", async () => {
    const link = await newLink();
    const answer = await fetch(`${service.url}/reg_setup/${link}/continue`, {
      method: "POST",
      redirect: "manual",
      headers: { "user-agent": "WhatsApp/2.23.20.0" },
      body: new URLSearchParams(),
    });
    expect(answer.status).toBe(303);
    expect(flowsOf(link)).toHaveLength(1);
  });

  test("finds its link with a query, punctuation, extra slashes or in lower case", async () => {
    const link = await newLink();
    for (const written of [
      `${link}?fbclid=x&utm_source=sms`,
      `${link}/`,
      `${link}/?x=1`,
      `%42${link.slice(1)}`,
      link.toLowerCase(),
      `/${link}`,
      ...[".", ")", ">", ",", "!", ";", ":", "*", "_", "]", "%22", "’", "%20", "%0A", "%E2%80%8B"].map((d) => link + d),
    ]) {
      expect((await tap(service.url, written)).status, written).toBe(303);
    }
    const head = await fetch(`${service.url}/reg_setup/${link}/`, { method: "HEAD", redirect: "manual" });
    expect(head.status).toBe(200);
  });

  test("on a paid link finds that out by itself if no webhook comes", async () => {
    const link = await newLink();
    expect((await tap(service.url, link)).status).toBe(303);
    stack.goCardless.faults.set({ deliveries: [{ kind: "drop" }] });
    stack.goCardless.pay(link);
    await eventually(() => stack.goCardless.billingRequests.find((r) => r.id === link)?.status === "fulfilled");
    const answer = await tap(service.url, link);
    expect(await answer.text()).toContain("Already paid");
    await status(stack, link, "paid");
    stack.goCardless.faults.reset();
  });

  test.each([
    ["thanks", "Thank you"],
    ["exit", "Already paid"],
  ])(
    "returning from GoCardless to %s shows that it is paid, and the payment is recorded without a webhook",
    async (page, words) => {
      const link = await newLink();
      stack.goCardless.faults.set({ deliveries: [{ kind: "drop" }] });
      stack.goCardless.pay(link);
      await eventually(() => stack.goCardless.billingRequests.find((r) => r.id === link)?.status === "fulfilled");
      const answer = await fetch(`${service.url}/reg_setup/${link}/${page}`);
      expect([answer.status, (await answer.text()).includes(words)]).toEqual([200, true]);
      await status(stack, link, "paid");
      stack.goCardless.faults.reset();
    },
  );

  test("after leaving GoCardless without paying finds the way back", async () => {
    const link = await newLink();
    const text = await (await fetch(`${service.url}/reg_setup/${link}/exit`)).text();
    expect(text).toContain(`href="/reg_setup/${link}"`);
    expect(text).toContain("treasurer@tigers.example");
  });

  test("on a billing request cancelled at GoCardless says so", async () => {
    const link = await newLink();
    stack.goCardless.cancelBillingRequest(link);
    const answer = await tap(service.url, link);
    expect([answer.status, (await answer.text()).includes("cancelled")]).toEqual([410, true]);
    await status(stack, link, "cancelled");
  });
});

describe("what is not a link", () => {
  const strange = [
    "BRQ0000UNKNOWN1",
    "BRQ0",
    "nonsense",
    "brq0000abcdef",
    "BRQ000%27%20OR%201=1",
    "x".repeat(300),
    "BRQ%ZZ",
    "a/b/c",
    "BRQ0000UNKNOWN1/",
    "BRQ0000UNKNOWN1//",
    "BRQ0000UNKNOWN1?x=1",
    "BRQ0000UNKNOWN1%00",
    "BRQ0000UNKNOWN1%0A",
    "%EF%BC%A2RQ0000UNKNOWN1",
    "..%2fmetrics",
  ];

  test("looks the same whatever is wrong with it", async () => {
    const answers = await Promise.all(strange.map((id) => tap(service.url, id)));
    expect(answers.map((a) => a.status)).toEqual(Array(strange.length).fill(404));
    const bodies = await Promise.all(answers.map((a) => a.text()));
    expect(new Set(bodies).size).toBe(1);
    const names = answers.map((a) => [...a.headers.keys()].join());
    expect(new Set(names).size).toBe(1);
  });

  test("never reaches GoCardless", async () => {
    const before = stack.goCardless.requests.length;
    await tap(service.url, "BRQ0000UNKNOWN2");
    expect(stack.goCardless.requests.slice(before).filter((r) => r.url.includes("UNKNOWN"))).toEqual([]);
  });
});

describe("limits", () => {
  test("allow sixty taps on one link within a minute, but not far more", async () => {
    const link = await newLink();
    const answers = await Promise.all(Array.from({ length: 150 }, () => tap(service.url, link)));
    const passed = answers.filter((a) => a.status === 303).length;
    expect(passed).toBeGreaterThanOrEqual(60);
    const refused = answers.filter((a) => a.status === 429);
    expect(refused.length + passed).toBe(150);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused[0]?.text()).toContain("too many times");
    // Other people are not affected, and nobody can pretend to be somebody else.
    expect((await tap(service.url, await newLink())).status).toBe(303);
    const forged = await tap(service.url, link, { "x-forwarded-for": "203.0.113.9" });
    expect(forged.status).toBe(429);
  });

  test("slow down guessing from all addresses together, but not parents who know their link", async () => {
    const link = await newLink();
    const guess = (i: number) => tap(service.url, `BRQGUESS${i}X`.padEnd(12, "0"));
    let limited = false;
    // Twice the limit, because a minute may end while they are under way.
    for (let i = 0; i < 620 && !limited; i += 31) {
      const answers = await Promise.all(Array.from({ length: 31 }, (_, k) => guess(i + k)));
      limited = answers.some(({ status: code }) => code === 429);
    }
    expect(limited).toBe(true);
    expect((await tap(service.url, link)).status).toBe(303);
  });
});

test("a page outside the allowed hosts is refused and counted", async () => {
  const strict = await stack.start({ PAYMENT_PAGE_HOSTS: "pay.gocardless.com" });
  const link = await newLink();
  const answer = await eventually(async () => {
    const one = await tap(strict.url, link);
    return one.status === 404 ? undefined : one;
  });
  expect(answer.status).toBe(503);
  expect(answer.headers.get("location")).toBeNull();
  expect(await metric(strict.url, "touchline_payment_page_host_refused_total")).toBe(1);
});

test("stopping texts is recorded once, by POST, and does not change the link", async () => {
  const link = await newLink();
  const way = `${service.url}/reg_setup/${link.toLowerCase()}/stop`;
  expect(await (await fetch(way)).text()).toContain("Stop the texts");
  const post = async () => (await fetch(way, { method: "POST", body: new URLSearchParams() })).text();
  for (const answer of [await post(), await post()]) expect(answer).toContain("You will get no more texts");
  expect((await paymentEvents(stack.store, link)).map((e) => e.type)).toEqual(["PaymentTokenCreated", "TextsStopped"]);
  expect((await tap(service.url, link)).status).toBe(303);
});

test("pages link to the page to stop texts if texts come from a name", async () => {
  const link = await newLink();
  const named = await stack.start({ SMS_SENDER_ID: "TigersFC" });
  const exit = async ({ url }: Instance) => (await fetch(`${url}/reg_setup/${link}/exit`)).text();
  expect(await exit(service)).not.toContain("/stop");
  expect(await exit(named)).toContain(`href="/reg_setup/${link}/stop"`);
  await named.stop();
});
