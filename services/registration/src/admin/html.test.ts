import { expect, test } from "vitest";
import { html } from "./html.ts";

test("what is put in is escaped, unless it is HTML itself; conditions leave nothing behind", () => {
  const name = `<b onclick="x('y')">&`;
  expect(
    html`<p title="${name}">${html`<i>${name}</i>`}${[1, 2].map((n) => html`${n},`)}${false}${undefined}</p>`.toString(),
  ).toBe(
    `<p title="&lt;b onclick=&quot;x(&#39;y&#39;)&quot;&gt;&amp;"><i>&lt;b onclick=&quot;x(&#39;y&#39;)&quot;&gt;&amp;</i>1,2,</p>`,
  );
});
