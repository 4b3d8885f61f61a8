import { createHash } from "node:crypto";
import { escapeHtml } from "@touchline/service/html";

export interface Club {
  readonly name: string;
  /** An e-mail address, a phone number, or words. */
  readonly contact: string;
}

/** Light or dark as the phone is set, contrast of at least 7:1, nothing wider than 320 pixels. */
const style = `
:root{color-scheme:light dark;--ink:#14213d;--soft:#3d4a66;--paper:#fff;--ground:#eef1f6;--line:#c6cede;--go:#0b5d3b;--on-go:#fff;--focus:#8a4b00}
@media (prefers-color-scheme:dark){:root{--ink:#f2f4f8;--soft:#c3cbdb;--paper:#1b2233;--ground:#10141f;--line:#48536b;--go:#8fe3b8;--on-go:#06281a;--focus:#ffd08a}}
*{box-sizing:border-box}
html{font:1.125rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);overflow-wrap:anywhere}
header,main,footer{max-width:34rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.25rem;font-weight:600;color:var(--soft)}
main{margin-top:.75rem;padding-top:1.5rem;padding-bottom:1.5rem;background:var(--paper);border:1px solid var(--line);border-radius:.75rem}
footer{padding-top:1rem;padding-bottom:2rem;color:var(--soft)}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25;text-wrap:balance}
p{margin:0 0 1rem}main>:last-child,footer>:last-child{margin-bottom:0}
a{color:inherit;text-underline-offset:.2em}
.go{display:block;margin:1.25rem 0 0;padding:.8rem 1rem;min-height:3rem;border:0;border-radius:.5rem;background:var(--go);color:var(--on-go);font:inherit;font-weight:600;text-align:center;text-decoration:none}
button.go{width:100%;cursor:pointer}
a:focus-visible,button:focus-visible{outline:3px solid var(--focus);outline-offset:3px}
@media (max-width:36rem){main{border-left:0;border-right:0;border-radius:0}}
@media (prefers-contrast:more){.go{outline:2px solid}}
`.trim();

const styleHash = createHash("sha256").update(style).digest("base64");

/** No scripts, images or outside content; one style sheet, by its hash. `formAction`: where a form may lead, including redirects. */
export const contentSecurityPolicy = (formAction = "'none'"): string =>
  `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`;

export interface PageContent {
  readonly title: string;
  /** Safe HTML. */
  readonly body: string;
}

export const layout = ({ name, contact }: Club, { title, body }: PageContent): string => `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no">
<title>${escapeHtml(title)} - ${escapeHtml(name)}</title>
<style>${style}</style>
</head>
<body>
<header>${escapeHtml(name)}</header>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
<footer><p>Questions? Ask the club: ${contactHtml(contact)}</p></footer>
</body>
</html>
`;

/** Addresses and numbers can be tapped; anything else is text. */
const contactHtml = (contact: string): string => {
  const text = escapeHtml(contact);
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(contact)) return `<a href="mailto:${text}">${text}</a>`;
  if (/^\+?[\d\s()-]{7,20}$/.test(contact)) return `<a href="tel:${contact.replaceAll(/[^\d+]/g, "")}">${text}</a>`;
  if (/^https:\/\/[^\s"'<>]+$/.test(contact)) return `<a href="${text}">${text}</a>`;
  return text;
};
