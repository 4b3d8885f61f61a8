import { describe, expect, it } from "vitest";
import { at, message } from "../../test/message.ts";
import { countSegments, type Message, moved, nextStatus, rfc2822, toResource } from "./message.ts";

/** Every status on the way to the outcome. */
const way = (outcome: Message["outcome"], from: Message["status"] = "queued"): string[] => {
  const next = nextStatus(message({ outcome, status: from }));
  return next === undefined ? [from] : [from, ...way(outcome, next)];
};

describe("nextStatus", () => {
  it.each([
    ["delivered", ["queued", "sending", "sent", "delivered"]],
    ["undelivered", ["queued", "sending", "sent", "undelivered"]],
    ["sent", ["queued", "sending", "sent"]],
    ["failed", ["queued", "failed"]],
    ["queued", ["queued"]],
  ] as const)("leads to %s", (status, expected) => {
    expect(way({ status })).toEqual(expected);
  });

  it("starts scheduled if it is to be sent later", () => {
    expect(way({ status: "sent" }, "scheduled")).toEqual(["scheduled", "queued", "sending", "sent"]);
  });

  it("starts accepted while a messaging service has no sender yet", () => {
    expect(way({ status: "sent" }, "accepted")).toEqual(["accepted", "queued", "sending", "sent"]);
  });
});

describe("countSegments", () => {
  it.each([
    ["a".repeat(160), 1, "GSM-7"],
    ["a".repeat(306), 2, "GSM-7"],
    ["a".repeat(307), 3, "GSM-7"],
    // The euro sign takes two places, and its two halves stay together.
    [`${"a".repeat(152)}€${"a".repeat(152)}`, 3, "GSM-7"],
    ["“quoted”", 1, "UCS-2"],
    ["ë".repeat(134), 2, "UCS-2"],
    ["ë".repeat(135), 3, "UCS-2"],
  ])("counts as the carrier does", (body, segments, encoding) => {
    expect(countSegments(body)).toEqual({ segments, encoding });
  });
});

describe("the resource", () => {
  it("is billed and dated once it has left", () => {
    const later = new Date("2026-07-01T12:00:05.000Z");
    const sent = moved(message({ segments: 3 }), "sent", later);
    expect(toResource(sent, "AC1")).toMatchObject({
      price: "-0.12000",
      date_sent: "Wed, 01 Jul 2026 12:00:05 +0000",
      date_created: "Wed, 01 Jul 2026 12:00:00 +0000",
    });
    const delivered = moved(sent, "delivered", new Date("2026-07-01T12:01:00.000Z"));
    expect(delivered.sentAt).toBe(later.toISOString());
  });

  it("never has a time of sending when it failed", () => {
    expect(toResource(moved(message(), "failed", new Date(at), 30005), "AC1")).toMatchObject({
      status: "failed",
      error_code: 30005,
      error_message: "Unknown destination handset",
      date_sent: null,
      price: null,
    });
  });

  it("has its dates in RFC 2822", () => {
    expect(rfc2822("2023-08-24T05:01:45.000Z")).toBe("Thu, 24 Aug 2023 05:01:45 +0000");
  });
});
