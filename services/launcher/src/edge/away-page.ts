import { html } from "@touchline/service/html";

export interface AwayClub {
  readonly name: string;
  readonly contact: string;
}

/**
 * The page that a parent sees while the payment-link service restarts; it reloads by itself. It does not say that nothing was paid:
 * they may have come from GoCardless's last page.
 */
export const awayPage = ({ name, contact }: AwayClub): string =>
  html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>One moment – ${name}</title>
<style>
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { margin: 0; overflow-wrap: anywhere; }
header, main, footer { max-width: 32rem; margin: 0 auto; padding: 1rem; }
</style>
</head>
<body>
<header>${name}</header>
<main>
<h1>One moment, please</h1>
<p>We are getting your page. This one tries again by itself every five seconds.</p>
<p>Your link still works, so you can also come back later.</p>
</main>
<footer>Questions? Ask the club: ${contact}</footer>
</body>
</html>
`.toString();
