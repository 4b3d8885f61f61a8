import { createHealth, createHttpServer, createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import { createPages } from "../pages/pages.ts";
import { defaultLimits } from "./limits.ts";
import { linkRoutes } from "./routes.ts";

const log = createLogger("test", "silent");

const browser = { "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1" };

const thanks = async (known = true, over?: "paid") => {
  const asked: string[] = [];
  const metrics = createMetrics("test");
  const app = createHttpServer({ log, metrics, health: createHealth() });
  const link = { id: "BRQ0001ABC", registrationId: "r-1" };
  await app.register(linkRoutes, {
    prefix: "/reg_setup",
    lookup: {
      known: (id: string) => (known && id === link.id ? link : undefined),
      fromStream: async (id: string) => (id === link.id ? link : undefined),
    } as never,
    taps: {
      checkPaid: async () => void asked.push("read"),
      over: () => over,
      tap: async () => {
        asked.push("tap");
        return { to: "gocardless", url: "https://pay.example/flow", reused: false, waitedMs: 0 };
      },
    } as never,
    pages: createPages({ name: "x", contact: "y" }, { plainHttp: false }),
    limits: defaultLimits,
    log,
    metrics,
    runtime: systemRuntime(),
  });
  return { app, asked };
};

test("the page after payment is limited by link: each opening asks GoCardless", async () => {
  const { app, asked } = await thanks();
  for (let i = 0; i < 500; i++) await app.inject({ url: "/reg_setup/BRQ0001ABC/thanks", headers: browser });
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.length).toBeLessThanOrEqual(defaultLimits.perLink);
  await app.close();
});

test("HEAD of the page after payment asks nobody", async () => {
  const { app, asked } = await thanks();
  await app.inject({ method: "HEAD", url: "/reg_setup/BRQ0001ABC/thanks", headers: browser });
  expect(asked).toEqual([]);
  await app.close();
});

test("a parent who comes back before the projection knows their link is asked about too", async () => {
  const { app, asked } = await thanks(false);
  await app.inject({ url: "/reg_setup/BRQ0001ABC/thanks", headers: browser });
  await expect.poll(() => asked).toEqual(["read"]);
  await app.close();
});

test("a parent who is taken for a preview goes on by a form that leads where a tap leads", async () => {
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
  // A page that tries again by itself does so with GET.
  expect((await app.inject({ url: "/reg_setup/BRQ0001ABC/continue" })).statusCode).toBe(303);
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

test("a parent who has paid does not read that they have not", async () => {
  for (const [over, title] of [
    ["paid", "Already paid"],
    [undefined, "You haven’t paid yet"],
  ] as const) {
    const { app } = await thanks(true, over);
    expect((await app.inject("/reg_setup/BRQ0001ABC/exit")).body).toContain(title);
    await app.close();
  }
});
