import type { IncomingHttpHeaders } from "node:http";

/**
 * Programs that fetch a link to draw its preview, or to look for malware behind it. Only what names itself so: browsers
 * inside apps (LinkedIn's, Snapchat's, Outlook's) are people, and so are owners of a Cubot phone.
 */
const robots =
  /^(?:whatsapp|outlook)\b|(?<!cu)bot\b|crawl|spider|preview|facebookexternalhit|facebot|whatsapp\/|slack-|google-?\s?messages|microsoft outlook|embedly|iframely|google-?(?:safety|pagerenderer|inspection|read-aloud)|googleimageproxy|msoffice|ms-office|microsoft office|safelinks|barracuda|proofpoint|mimecast/i;

const purposes = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
const early = /prefetch|preview/i;

/** Whether this looks like a fetch that no person asked for. A guess: a fetch that slips through must do no harm either. */
export const isPreview = (headers: IncomingHttpHeaders): boolean => {
  if (purposes.some((name) => headers[name] !== undefined && early.test(String(headers[name])))) return true;
  return robots.test(headers["user-agent"] ?? "");
};
