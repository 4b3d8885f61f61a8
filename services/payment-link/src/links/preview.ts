import type { IncomingHttpHeaders } from "node:http";
import { isbot } from "isbot";

/** Browsers inside apps: people, though some use the same words as bots. */
const IN_APP =
  /^Mozilla\/5\.0 \((?:iPhone|iPad|iPod|Linux; (?:U; )?Android).*(?:FB_IAB\/|FBA[NV]\/|\bInstagram \d|\bWhatsApp\/|\bGSA\/|\bSnapchat\/|\bViber\/|\[LinkedInApp\]|\[Pinterest\/)/;
/** Tools that people test a link with, and browsers that say little about themselves. */
const PLAIN = /^(?:$|curl\/|node$|undici$|python-requests\/|Wget\/|Mozilla\/5\.0(?: \(\w+\)| Mobile)?$)/i;
/** Makers of previews that `isbot` does not know: Viber, and Microsoft's mail and office programs. */
const OTHERS = /\bviber\b|^outlook|microsoft (?:outlook|office)|\bms-?office\b/i;

const purposes = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
const early = /prefetch|preview/i;

/**
 * Whether this looks like a fetch by a program: to draw a link's preview, or to scan it for malware. It is a guess. A program
 * that slips through does no harm, and a person taken for a program finds a button.
 */
export const isPreview = (headers: IncomingHttpHeaders): boolean => {
  if (purposes.some((name) => headers[name] !== undefined && early.test(String(headers[name])))) return true;
  const agent = headers["user-agent"] ?? "";
  if (IN_APP.test(agent) || PLAIN.test(agent)) return false;
  return isbot(agent) || OTHERS.test(agent);
};
