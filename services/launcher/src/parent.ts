import type { Runtime } from "@touchline/service/runtime";

/** The parent in the demo: reads the text, taps the link, pays. It uses only what a parent can see. */
export interface Parent {
  /** The links in the phone's texts. */
  links(): Promise<string[]>;
  /** Waits for a text with a link that is not one of these, and returns the link. */
  readText(seen: readonly string[]): Promise<string>;
  /** Follows the link to the payment page and pays. Resolves with the last page's title. */
  payAt(link: string): Promise<string>;
}

export interface ParentOptions {
  /** E.164 */
  readonly phone: string;
  /** The stand-in's Twilio API, which has the phone's texts. */
  readonly twilio: { readonly baseUrl: string; readonly accountSid: string; readonly authToken: string };
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
}

const TEXT_WITHIN_MS = 30_000;
const BROWSER = {
  "user-agent":
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  accept: "text/html",
};

export const createParent = ({ phone, twilio, signal, runtime }: ParentOptions): Parent => ({
  links: () => linksInInbox(phone, twilio, signal),

  readText: async (seen) => {
    const deadline = runtime.monotonicMs() + TEXT_WITHIN_MS;
    while (runtime.monotonicMs() < deadline) {
      const link = (await linksInInbox(phone, twilio, signal)).find((found) => !seen.includes(found));
      if (link) return link;
      await runtime.sleep(25, signal);
    }
    throw new Error(`No text came within ${TEXT_WITHIN_MS / 1_000} seconds.`);
  },

  payAt: async (link) => {
    const page = await fetch(link, { headers: BROWSER, signal });
    const action = /<form[^>]*action="([^"]+)"/.exec(await page.text())?.[1];
    if (!page.ok || !action)
      throw new Error(`The link led to ${new URL(page.url).origin} (${page.status}), which is not a payment page.`);
    const paid = await fetch(new URL(action.replaceAll("&amp;", "&"), page.url), {
      method: "POST",
      headers: { ...BROWSER, "content-type": "application/x-www-form-urlencoded" },
      body: "do=pay",
      signal,
    });
    if (!paid.ok) throw new Error(`The payment page answered ${paid.status} to the payment.`);
    return /<title>([^<]*)<\/title>/.exec(await paid.text())?.[1]?.trim() ?? "";
  },
});

const linksInInbox = async (
  phone: string,
  { baseUrl, accountSid, authToken }: ParentOptions["twilio"],
  signal: AbortSignal,
): Promise<string[]> => {
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  const inbox = `${baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json?To=${encodeURIComponent(phone)}`;
  const answer = await fetch(inbox, { headers: { authorization }, signal });
  const { messages } = (await answer.json()) as { messages: { body: string }[] };
  return messages.flatMap(({ body }) => /https?:\/\/\S+\/reg_setup\/\S+/.exec(body)?.[0] ?? []);
};
