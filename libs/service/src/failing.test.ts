import { expect, test } from "vitest";
import { watchFailures } from "./failing.ts";

test("what fails for ten seconds is reported with the last reason, until it works", () => {
  let ms = 0;
  const { failed, works, reason } = watchFailures({ monotonicMs: () => ms });
  expect(reason()).toBeUndefined();
  failed(new Error("first"));
  ms = 9_999;
  failed(new Error("maximum bytes exceeded"));
  expect(reason()).toBeUndefined();
  ms = 12_000;
  expect(reason()).toBe("failing for 12 s: Error: maximum bytes exceeded");
  works();
  expect(reason()).toBeUndefined();
  failed(new Error("again"));
  expect(reason()).toBeUndefined();
});
