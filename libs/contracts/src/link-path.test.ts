import { expect, test } from "vitest";
import { canonicalTarget } from "./link-path.ts";

test.each([
  "/reg_setup/BRQ0001ABC",
  "/reg_setup/brq0001abc",
  "/reg_setup/BRQ0001ABC/",
  "/reg_setup//BRQ0001ABC",
  "//reg_setup/BRQ0001ABC",
  ...[
    ".",
    ")",
    ">",
    ",",
    "!",
    ";",
    ":",
    "'",
    '"',
    "”",
    "’",
    "*",
    "_",
    "]",
    "…",
    ").",
    "%20",
    "%0A",
    "%E2%80%8B",
    "%C2%A0",
  ].map((debris) => `/reg_setup/BRQ0001ABC${debris}`),
  "/reg_setup/%E2%80%9CBRQ0001ABC%E2%80%9D",
  "/reg_setup/(BRQ0001ABC)",
  "/REG_SETUP/BRQ0001ABC",
  "/Reg_setup/brq0001abc",
  "/reg_setup/BRQ0001ABC/.",
  "/reg_setup/BRQ0001ABC/%20/).",
])("%s leads to the same link", (target) => {
  expect(canonicalTarget(target)).toBe("/reg_setup/BRQ0001ABC");
});

test.each([
  ["/reg_setup/brq0001abc.?x=1&y=%20", "/reg_setup/BRQ0001ABC?x=1&y=%20"],
  ["/reg_setup/BRQ0001ABC/thanks", "/reg_setup/BRQ0001ABC/thanks"],
  ["/reg_setup/BRQ0001ABC/Thanks.", "/reg_setup/BRQ0001ABC/thanks"],
  ["/REG_SETUP/BRQ0001ABC/stop/", "/reg_setup/BRQ0001ABC/stop"],
  ["/webhooks/gocardless", "/webhooks/gocardless"],
  ["/", "/"],
])("%s becomes %s", (target, canonical) => {
  expect(canonicalTarget(target)).toBe(canonical);
});

test.each([
  "/reg_setup/",
  "/reg_setup",
  "/reg_setup/x",
  "/reg_setup/BRQ1",
  "/reg_setup/%zz",
  "/reg_setup/<b>",
  "/reg_setup/..%2fhealth",
  "/reg_setup/../metrics",
  "/reg_setup/BRQ0001ABC/../metrics",
  "/reg_setup/BRQ0001ABC/thanks/more",
  "/reg_setup/BRQ0001ABC/%zz",
  "/reg_setup/./BRQ0001ABC",
  "/reg_setup/BRQ0001ABC%27%20OR%201=1",
  "/reg_setup/BRQ0001ABCBRQ0001ABC%2Fmetrics",
  `/reg_setup/${"A".repeat(400)}`,
])("%s is not a link", (target) => {
  expect(canonicalTarget(target)).toBe("/reg_setup/-");
});
