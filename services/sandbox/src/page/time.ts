import { type Html, html } from "@touchline/service/html";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/London" });

/** `14:05`, as the club's clock shows it. */
export const timeOf = (iso: string): Html => html`<time datetime="${iso}">${clock.format(new Date(iso))}</time>`;
