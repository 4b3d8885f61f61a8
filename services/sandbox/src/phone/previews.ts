import { unescaped } from "../stand-in/entities.ts";
import type { Message } from "../twilio/message.ts";
import type { Twilio } from "../twilio/twilio.ts";

/** What a phone shows of a link before anybody taps it. */
export type Preview = { readonly id: string; readonly url: string; readonly title: string };

/** What iMessage calls itself when it looks at a link. */
const USER_AGENT =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0";
const TIMEOUT_MS = 5_000;
/** How far back to look for texts that have just arrived. */
const LATEST = 100;

export const titleOf = (page: string): string | undefined => {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(page)?.[1];
  return title === undefined ? undefined : unescaped(title.trim());
};

export const linkIn = (body: string): string | undefined => /https?:\/\/[^\s<>"]+/.exec(body)?.[0];

/**
 * Looks at the link of each text that arrives, as phones do to draw a preview. A link must survive being looked at: this is
 * how the sandbox keeps Touchline honest. Only Touchline's own origin is looked at; nothing leaves the machine.
 */
export class Previews {
  readonly #seen = new Map<string, Preview | undefined>();
  readonly #twilio: Twilio;
  readonly #origin: string;

  constructor(twilio: Twilio, publicUrl: string) {
    this.#twilio = twilio;
    this.#origin = new URL(publicUrl).origin;
    // Texts that arrived before a restart were looked at then.
    for (const message of twilio.messages) if (message.status === "delivered") this.#seen.set(message.id, undefined);
    twilio.changes.subscribe(() => this.#look());
  }

  of(message: Message): Preview | undefined {
    return this.#seen.get(message.id);
  }

  #look(): void {
    for (const message of this.#twilio.messages.newest().slice(0, LATEST)) {
      if (this.#seen.has(message.id)) continue;
      if (message.status !== "delivered" || message.direction === "inbound") continue;
      this.#seen.set(message.id, undefined);
      const url = linkIn(message.body);
      if (url === undefined || !URL.canParse(url) || new URL(url).origin !== this.#origin) continue;
      void this.#twilio.scheduler.run(() => this.#draw(message.id, url));
    }
  }

  async #draw(id: string, url: string): Promise<void> {
    const title = await this.#fetchTitle(url);
    if (title === undefined || title === "") return;
    this.#seen.set(id, { id, url, title });
    this.#twilio.changes.announce();
  }

  /** Undefined if there is nothing to show; a phone then shows neither preview nor error. */
  async #fetchTitle(url: string): Promise<string | undefined> {
    const signal = AbortSignal.any([this.#twilio.scheduler.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      const response = await fetch(url, { headers: { "user-agent": USER_AGENT, accept: "text/html" }, signal });
      return response.ok ? titleOf(await response.text()) : undefined;
    } catch {
      return undefined;
    }
  }
}
