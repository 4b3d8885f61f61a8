/** The payment page's look: its own brand, so that nobody takes it for the club's pages. */
export const paymentCss = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbf9f5, #17150f);
  --card: light-dark(#ffffff, #211e17);
  --ink: light-dark(#1d1b16, #f3efe6);
  --soft: light-dark(#5c574b, #b9b2a2);
  --line: light-dark(#ddd7c9, #3b372c);
  --accent: light-dark(#1a1a1a, #f1f252);
  --on-accent: light-dark(#f1f252, #1a1a1a);
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100dvh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
header { padding: 1rem 1.25rem; display: flex; align-items: center; gap: .6rem; }
.brand { font-weight: 700; letter-spacing: -.01em; }
.tag { font-size: .8rem; padding: .1rem .5rem; border: 1px solid var(--line); border-radius: 99px; color: var(--soft); }
main { width: min(100% - 2rem, 26rem); margin: 1rem auto; padding: 1.5rem 1.25rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 1rem; }
.creditor { margin: 0; color: var(--soft); }
h1 { margin: .1rem 0 .75rem; font-size: 2.25rem; line-height: 1.15; letter-spacing: -.02em; text-wrap: balance; }
.description { margin: -.25rem 0 1rem; }
.notice { padding: .75rem 1rem; border-left: .25rem solid #c2410c; background: light-dark(#fff1e8, #3a2113); border-radius: .25rem; }
.steps { margin: 0 0 1.5rem; padding: 0; list-style: none; border-top: 1px solid var(--line); }
.steps li { padding: .7rem 0; border-bottom: 1px solid var(--line); }
form { display: grid; gap: .6rem; }
button { font: inherit; min-height: 3rem; padding: .6rem 1rem; border-radius: .75rem; border: 1px solid var(--line);
  background: transparent; color: inherit; cursor: pointer; }
button.primary { border-color: transparent; background: var(--accent); color: var(--on-accent); font-weight: 650; }
button.quiet { border-color: transparent; color: var(--soft); text-decoration: underline; text-underline-offset: .2em; }
button:hover { filter: brightness(.96); }
:focus-visible { outline: 3px solid #2563eb; outline-offset: 2px; }
details { margin-top: .5rem; border-top: 1px solid var(--line); padding-top: .5rem; }
summary { cursor: pointer; color: var(--soft); min-height: 2.75rem; display: flex; align-items: center; gap: .4rem; }
summary::before { content: "▸"; } details[open] summary::before { content: "▾"; }
.more { display: grid; gap: .6rem; padding-top: .25rem; }
footer { margin: auto 0 0; padding: 1.25rem; text-align: center; color: var(--soft); font-size: .875rem; }
`;
