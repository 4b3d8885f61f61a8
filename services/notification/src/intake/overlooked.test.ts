import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import type { Facts } from "../dispatch/facts.ts";
import { createTextCatchUp } from "./handle.ts";
import type { RequestText } from "./request.ts";

const now = () => new Date("2026-09-01T10:00:00Z");

/** The existing texts, by purpose. */
const setUp = (texts: readonly string[] = [], answer: Awaited<ReturnType<RequestText>> = "requested") => {
  const wanted: object[] = [];
  const facts = {
    text: async (_: string, purpose: string) =>
      texts.includes(purpose) ? { registrationId: "r-1", billingRequestId: "BRQ0001", attempts: [] } : undefined,
    texts: async () => [],
    registration: async () => ({ phone: "+447700900123", corrections: 0 }),
    link: async () => ({ reopenings: 0 }),
  } as unknown as Facts;
  const request: RequestText = async (text) => {
    wanted.push(text);
    return answer;
  };
  const eraseTexts = () => Promise.reject(new Error("No erasures in this test."));
  const applyWish = () => Promise.reject(new Error("No wishes in this test."));
  const catchUp = createTextCatchUp({
    facts,
    request,
    eraseTexts,
    applyWish,
    confirmation: true,
    mandateGone: true,
    now,
  });
  return { catchUp, wanted };
};

const event = (stream: string, type: string, data: object) => storedEvent(stream, type, data);
const token = event("payment-BRQ0001", "PaymentTokenCreated", {
  registrationId: "r-1",
  billingRequestId: "BRQ0001",
  origin: "created",
});
const resent = event("registration-r-1", "PaymentLinkResendRequested", { registrationId: "r-1", count: 2 });

test("a token without a first text gets one; a token with one costs one look", async () => {
  const { catchUp, wanted } = setUp();
  expect(await catchUp(token)).toBe(true);
  expect(wanted).toMatchObject([{ registrationId: "r-1", purpose: "payment_link", count: 0, linkIsNew: true }]);
  const done = setUp(["payment_link"]);
  expect([await done.catchUp(token), done.wanted]).toEqual([false, []]);
});

test("a resend that was not done is done; one that was done changes nothing", async () => {
  const { catchUp, wanted } = setUp(["payment_link"]);
  expect(await catchUp(resent)).toBe(true);
  expect(wanted).toMatchObject([{ purpose: "resend", count: 2 }]);
  expect(await setUp(["payment_link"], "known").catchUp(resent)).toBe(false);
});

test("events that ask for no text are skipped", async () => {
  const { catchUp, wanted } = setUp();
  expect(await catchUp(event("payment-BRQ0001", "PaymentFlowCreated", {}))).toBe(false);
  expect(wanted).toEqual([]);
});
