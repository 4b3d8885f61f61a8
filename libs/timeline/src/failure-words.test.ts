import { textFailures } from "@touchline/contracts";
import { expect, test } from "vitest";
import { failureWords } from "./failure-words.ts";

test("a failure is shown with the code behind it", () => {
  expect(failureWords("number_unreachable", "30003")).toBe("30003: the phone was off or out of reach");
  expect(failureWords("no_receipt", undefined)).toBe("no delivery report came in time");
  expect(failureWords("opted_out", "opted_out")).toBe("the owner of the number asked for no more texts");
});

test("no two failures read alike", () => {
  expect(new Set(textFailures.map((failure) => failureWords(failure, undefined))).size).toBe(textFailures.length);
});
