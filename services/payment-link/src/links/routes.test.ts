import { createHealth, createHttpServer, createLogger, createMetrics } from "@touchline/service";
import { expect, test } from "vitest";
import { createPages } from "../pages/pages.ts";
import { defaultLimits } from "./limits.ts";
import { linkRoutes } from "./routes.ts";

const log = createLogger("test", "silent");

const thanks = async () => {
  const asked: string[] = [];
  const metrics = createMetrics("test");
  const app = createHttpServer({ log, metrics, health: createHealth() });
  const link = { id: "BRQ0001ABC", registrationId: "r-1" };
  await app.register(linkRoutes, {
    prefix: "/reg_setup",
    lookup: { known: () => link, fromStream: async () => link } as never,
    taps: { checkPaid: async () => void asked.push("read") } as never,
    pages: createPages({ name: "x", contact: "y" }),
    limits: defaultLimits,
    log,
    metrics,
  });
  return { app, asked };
};

test("the page after payment is limited by link: each opening asks GoCardless", async () => {
  const { app, asked } = await thanks();
  for (let i = 0; i < 500; i++) await app.inject("/reg_setup/BRQ0001ABC/thanks");
  expect(asked.length).toBeLessThanOrEqual(defaultLimits.perLink);
  await app.close();
});

test("HEAD of the page after payment asks nobody", async () => {
  const { app, asked } = await thanks();
  await app.inject({ method: "HEAD", url: "/reg_setup/BRQ0001ABC/thanks" });
  expect(asked).toEqual([]);
  await app.close();
});
