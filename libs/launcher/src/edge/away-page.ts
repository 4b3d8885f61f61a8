const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (c) => escapes[c] ?? c);

/** What a parent sees while the payment-link service starts again: it tries by itself. */
export const awayPage = (clubName: string): string => `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>One moment – ${escapeHtml(clubName)}</title>
<style>
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
main { max-width: 32rem; margin: 0 auto; padding: 2rem 1rem; }
</style>
</head>
<body>
<main>
<h1>One moment, please</h1>
<p>We are getting your payment page. This page tries again by itself every five seconds.</p>
<p>Nothing has been paid yet, and your link stays valid.</p>
</main>
</body>
</html>
`;
