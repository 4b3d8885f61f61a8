import { expect, test } from "vitest";
import { html } from "./html.ts";

test("pieces are escaped unless they are HTML; false conditions leave nothing", () => {
  const name = `<b onclick="x('y')">&`;
  const escaped = "&lt;b onclick=&quot;x(&#39;y&#39;)&quot;&gt;&amp;";
  const numbers = [1, 2].map((n) => html`${n},`);
  expect(html`<p title="${name}">${html`<i>${name}</i>`}${numbers}${false}${undefined}</p>`.toString()).toBe(
    `<p title="${escaped}"><i>${escaped}</i>1,2,</p>`,
  );
});
