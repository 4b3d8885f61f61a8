import { Fault } from "@touchline/contracts";
import { createHealth, createHttpServer, createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import { createPages, pageNames } from "../pages/pages.ts";
import { defaultLimits } from "./limits.ts";
import { linkRoutes } from "./routes.ts";

const silent = createLogger("test", "silent");

const browser = { "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1" };

const thanks = async (
  known = true,
  over?: "paid" | "cancelled",
  answer?: "paid" | "processing",
  { offersStop = false, stops = true, away = false, errors = [] as unknown[] } = {},
) => {
  const log = { ...silent, warn: () => {}, error: (...line: unknown[]) => errors.push(line) } as never;
  const asked: string[] = [];
  const metrics = createMetrics("test");
  const app = createHttpServer({ log, metrics, health: createHealth() });
  const link = { id: "BRQ0001ABC", registrationId: "r-1" };
  await app.register(linkRoutes, {
    prefix: "/reg_setup",
    lookup: {
      known: (id: string) => (known && id === link.id ? link : undefined),
      fromStream: async (id: string) => {
        if (away) throw new Fault("event_store_unavailable", {});
        return id === link.id ? link : undefined;
      },
    } as never,
    taps: {
      checkPaid: async () => {
        asked.push("read");
        return answer;
      },
      over: () => over,
      tap: async () => {
        asked.push("tap");
        return { to: "gocardless", url: "https://pay.example/flow", reused: false, waitedMs: 0 };
      },
    } as never,
    records: {
      stopTexts: async ({ registrationId }) => {
        asked.push(`stop ${registrationId}`);
        return stops;
      },
    },
    pages: createPages({ name: "x", contact: "y" }, { plainHttp: false, offersStop }),
    fees: () => "£45 once, then £27.50 a month",
    limits: defaultLimits,
    log,
    metrics,
    runtime: systemRuntime(),
  });
  return { app, asked };
};

test("the page after payment is limited per link, because each opening asks GoCardless", async () => {
  const { app, asked } = await thanks();
  for (let i = 0; i < 500; i++) await app.inject({ url: "/reg_setup/BRQ0001ABC/thanks", headers: browser });
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.length).toBeLessThanOrEqual(defaultLimits.perLink);
  await app.close();
});

test("HEAD on the pages after payment does not ask GoCardless", async () => {
  const { app, asked } = await thanks();
  for (const page of ["thanks", "exit"])
    await app.inject({ method: "HEAD", url: `/reg_setup/BRQ0001ABC/${page}`, headers: browser });
  expect(asked).toEqual([]);
  await app.close();
});

test("GoCardless is asked about a returning parent even before the projection knows their link", async () => {
  const { app, asked } = await thanks(false);
  await app.inject({ url: "/reg_setup/BRQ0001ABC/thanks", headers: browser });
  await expect.poll(() => asked).toEqual(["read"]);
  await app.close();
});

test("a parent taken for a preview continues by a form that leads where a tap leads", async () => {
  const { app, asked } = await thanks();
  const preview = await app.inject({ url: "/reg_setup/BRQ0001ABC", headers: { "user-agent": "WhatsApp/2.23.20.0" } });
  expect(preview.body).toContain('<form method="post" action="/reg_setup/BRQ0001ABC/continue">');
  expect(preview.headers["content-security-policy"]).toContain("form-action 'self' https:;");
  expect(asked).toEqual([]);
  const answer = await app.inject({
    method: "POST",
    url: "/reg_setup/BRQ0001ABC/continue",
    headers: { "user-agent": "WhatsApp/2.23.20.0", "content-type": "application/x-www-form-urlencoded" },
    payload: "",
  });
  expect([answer.statusCode, answer.headers.location]).toEqual([303, "https://pay.example/flow"]);
  expect(asked).toEqual(["tap"]);
  // A page that refreshes by itself uses GET.
  expect((await app.inject({ url: "/reg_setup/BRQ0001ABC/continue", headers: browser })).statusCode).toBe(303);
  const shared = await app.inject({
    url: "/reg_setup/BRQ0001ABC/continue",
    headers: { "user-agent": "WhatsApp/2.23.20.0" },
  });
  expect([shared.statusCode, asked]).toEqual([200, ["tap", "tap"]]);
  expect((await app.inject({ method: "HEAD", url: "/reg_setup/BRQ0001ABC/continue" })).statusCode).toBe(404);
  const unknown = await app.inject({ method: "POST", url: "/reg_setup/BRQ0000UNKNOWN/continue" });
  expect(unknown.statusCode).toBe(404);
  await app.close();
});

test("the pages after payment answer an unknown link like a malformed one", async () => {
  const { app, asked } = await thanks();
  const { statusCode, body } = await app.inject("/reg_setup/nonsense");
  expect(statusCode).toBe(404);
  for (const id of ["BRQ0000UNKNOWN", "nonsense", "BRQ%00"]) {
    for (const page of ["thanks", "exit"]) {
      const answer = await app.inject(`/reg_setup/${id}/${page}`);
      expect([answer.statusCode, answer.body], `${id}/${page}`).toEqual([statusCode, body]);
    }
  }
  expect(asked).toEqual([]);
  await app.close();
});

test("a parent who leaves GoCardless sees what is known about the payment", async () => {
  for (const [over, answer, title] of [
    ["paid", undefined, "Already paid"],
    ["cancelled", undefined, "This registration was cancelled"],
    [undefined, "paid", "Already paid"],
    [undefined, "processing", "We are checking your payment"],
    [undefined, undefined, "We do not have a payment from you yet"],
  ] as const) {
    const { app, asked } = await thanks(true, over, answer);
    expect((await app.inject({ url: "/reg_setup/BRQ0001ABC/exit", headers: browser })).body).toContain(title);
    expect(asked).toEqual(over ? [] : ["read"]);
    await app.close();
  }
});

test("somebody who returns from GoCardless while the link cannot be looked up is not asked to pay", async () => {
  const { app } = await thanks(false, undefined, undefined, { away: true });
  for (const page of ["thanks", "exit"]) {
    const { body, headers } = await app.inject({ url: `/reg_setup/BRQ0001ABC/${page}`, headers: browser });
    expect(body).toContain("If you have just paid at GoCardless, do not pay again.");
    expect(body).toContain('href="/reg_setup/BRQ0001ABC"');
    expect(headers.refresh).toBe("5");
  }
  await app.close();
});

test("the page after payment says only what is known", async () => {
  for (const [over, answer, title] of [
    ["paid", undefined, "Thank you"],
    [undefined, "paid", "Thank you"],
    [undefined, "processing", "We are checking your payment"],
    [undefined, undefined, "We do not have your payment yet"],
    ["cancelled", undefined, "This registration was cancelled"],
  ] as const) {
    const { app } = await thanks(true, over, answer);
    const { body } = await app.inject({ url: "/reg_setup/BRQ0001ABC/thanks", headers: browser });
    expect(body).toContain(title);
    expect(/You have finished/.test(body)).toBe(title === "Thank you");
    await app.close();
  }
});

test("no page says that no money was taken, because GoCardless may know better", () => {
  const pages = createPages({ name: "x", contact: "y" }, { plainHttp: false, offersStop: true });
  for (const name of pageNames) expect(pages.page(name).body, name).not.toMatch(/no money|not paid yet|have not been/i);
});

test("parents see what they pay, before and after", async () => {
  const { app } = await thanks(true, "paid");
  const preview = { url: "/reg_setup/BRQ0001ABC", headers: { "user-agent": "WhatsApp/2.23.20.0" } };
  for (const request of [preview, "/reg_setup/BRQ0001ABC/exit", "/reg_setup/BRQ0001ABC/thanks"]) {
    expect((await app.inject(request)).body).toContain("What you pay: £45 once, then £27.50 a month.");
  }
  await app.close();
});

test("the page to stop texts explains on GET, which changes nothing, and acts on POST", async () => {
  const { app, asked } = await thanks();
  const url = "/reg_setup/BRQ0001ABC/stop";
  const explained = await app.inject({ url, headers: browser });
  expect(explained.body).toContain(`<form method="post" action="${url}">`);
  expect((await app.inject({ method: "HEAD", url })).statusCode).toBe(200);
  expect(asked).toEqual([]);
  const done = await app.inject({ method: "POST", url });
  expect([done.statusCode, done.body.includes("You will get no more texts")]).toEqual([200, true]);
  expect(asked).toEqual(["stop r-1"]);
  for (const method of ["GET", "POST"] as const) {
    const unknown = await app.inject({ method, url: "/reg_setup/BRQ0000UNKNOWN/stop" });
    expect([unknown.statusCode, unknown.body]).toEqual([404, (await app.inject("/reg_setup/nonsense")).body]);
  }
  expect(asked).toHaveLength(1);
  await app.close();
});

test("stopping texts is not confirmed if it could not be recorded", async () => {
  const { app } = await thanks(true, undefined, undefined, { stops: false });
  const answer = await app.inject({ method: "POST", url: "/reg_setup/BRQ0001ABC/stop" });
  expect([answer.statusCode, answer.body.includes("You will get no more texts")]).toEqual([503, false]);
  // Only pressing the button again repeats it.
  expect(answer.headers).not.toHaveProperty("refresh");
  expect(answer.body).toContain('<form method="post" action="/reg_setup/BRQ0001ABC/stop">');
  await app.close();
});

test.each([
  ["application/json", "{"],
  ["text/plain", "x".repeat(2_000_000)],
])("a form's body of the type %s is not read, and counts towards the limits", async (type, payload) => {
  const errors: unknown[] = [];
  const { app } = await thanks(true, undefined, undefined, { errors });
  const seen = new Set<number>();
  for (let i = 0; i <= defaultLimits.perLink; i++) {
    const headers = { ...browser, "content-type": type };
    seen.add((await app.inject({ method: "POST", url: "/reg_setup/BRQ0001ABC/stop", headers, payload })).statusCode);
  }
  expect([[...seen], errors]).toEqual([[200, 429], []]);
  await app.close();
});

test("a form's body of a malformed type is answered like a link that does not exist, without an error", async () => {
  const errors: unknown[] = [];
  const { app } = await thanks(true, undefined, undefined, { errors });
  const headers = { ...browser, "content-type": "nonsense" };
  const url = "/reg_setup/BRQ0001ABC/continue";
  expect(await app.inject({ method: "POST", url, headers, payload: "x" })).toMatchObject({ statusCode: 404 });
  expect(errors).toEqual([]);
  await app.close();
});

test("the page to stop texts is limited like a link", async () => {
  const { app, asked } = await thanks();
  const post = () => app.inject({ method: "POST", url: "/reg_setup/BRQ0001ABC/stop" });
  for (let i = 0; i < defaultLimits.perLink; i++) await post();
  expect((await post()).statusCode).toBe(429);
  expect(asked).toHaveLength(defaultLimits.perLink);
  await app.close();
});

test("pages link to the page to stop texts only if texts come from a name", async () => {
  const way = 'href="/reg_setup/BRQ0001ABC/stop"';
  for (const offersStop of [true, false]) {
    for (const over of ["paid", undefined] as const) {
      const { app } = await thanks(true, over, undefined, { offersStop });
      for (const page of ["thanks", "exit"])
        expect((await app.inject(`/reg_setup/BRQ0001ABC/${page}`)).body.includes(way)).toBe(offersStop);
      await app.close();
    }
  }
});
