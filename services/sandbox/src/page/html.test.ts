import { describe, expect, it } from "vitest";
import { html } from "./html.ts";
import { linkified } from "./phone-view.ts";

describe("html", () => {
  it("escapes what is put into it, and not what is HTML already", () => {
    const name = `<b>"O'Neill" & co</b>`;
    expect(html`<p title="${name}">${html`<i>${name}</i>`}</p>`.toString()).toBe(
      `<p title="&lt;b&gt;&quot;O&#39;Neill&quot; &amp; co&lt;/b&gt;"><i>&lt;b&gt;&quot;O&#39;Neill&quot; &amp; co&lt;/b&gt;</i></p>`,
    );
  });
});

describe("linkified", () => {
  it("makes links of web addresses only", () => {
    const text = linkified("See https://club.example/a?b=1&c=2 or javascript:alert(1) <script>").toString();
    expect(text).toContain('href="https://club.example/a?b=1&amp;c=2"');
    expect(text.match(/<a /g)).toHaveLength(1);
    expect(text).toContain("&lt;script&gt;");
  });
});
