import { expect, test } from "vitest";
import { linkified } from "./phone-view.ts";

test("only web addresses become links", () => {
  const text = linkified("See https://club.example/a?b=1&c=2 or javascript:alert(1) <script>").toString();
  expect(text).toContain('href="https://club.example/a?b=1&amp;c=2"');
  expect(text.match(/<a /g)).toHaveLength(1);
  expect(text).toContain("&lt;script&gt;");
});
