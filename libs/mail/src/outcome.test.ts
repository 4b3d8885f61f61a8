import { expect, test } from "vitest";
import { outcomeOf } from "./outcome.ts";

test.each([
  ["the recipient is refused", { code: "EENVELOPE", responseCode: 550, command: "RCPT TO" }, "refused", "550"],
  ["the content is refused", { code: "EMESSAGE", responseCode: 552, command: "DATA" }, "refused", "552"],
  ["the recipient is deferred", { code: "EENVELOPE", responseCode: 451, command: "RCPT TO" }, "later", "451"],
  ["our login is refused", { code: "EAUTH", responseCode: 535, command: "AUTH PLAIN" }, "later", "535"],
  ["our sender is refused", { code: "EENVELOPE", responseCode: 553, command: "MAIL FROM" }, "later", "553"],
  ["no server is listening", { code: "ESOCKET", command: "CONN" }, "later", "ESOCKET"],
  ["no server accepts this address", { code: "EENVELOPE", command: "API" }, "refused", "EENVELOPE"],
] as const)("%s, before the content", (_, fault, kind, code) => {
  expect(outcomeOf(fault, false)).toEqual({ kind, code });
});

test("once the content has begun, only a reply settles the outcome", () => {
  expect(outcomeOf({ code: "ECONNECTION", command: "CONN" }, true)).toEqual({ kind: "unknown", code: "ECONNECTION" });
  expect(outcomeOf({ code: "ETIMEDOUT" }, true)).toEqual({ kind: "unknown", code: "ETIMEDOUT" });
  expect(outcomeOf({ responseCode: 451, command: "DATA" }, true)).toEqual({ kind: "later", code: "451" });
  expect(outcomeOf({ responseCode: 554, command: "DATA" }, true)).toEqual({ kind: "refused", code: "554" });
});
