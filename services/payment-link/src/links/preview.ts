import type { IncomingHttpHeaders } from "node:http";

/** Programs that fetch a link to draw its preview, or to look for malware behind it. Nobody is waiting for them to pay. */
const robots =
  /bot\b|bot\/|crawl|spider|preview|facebookexternalhit|facebot|whatsapp|telegram|slack|discord|skype|linkedin|pinterest|embedly|iframely|vkshare|snapchat|google-?(?:safety|pagerenderer|inspection|read-aloud)|googleimageproxy|googlemessages|bingpreview|msoffice|microsoft office|ms-office|safelinks|outlook-(?:ios|android)|barracuda|proofpoint|mimecast|curl\/|wget\/|python-requests|go-http-client/i;

/** Whether this looks like a fetch that no person asked for. A guess: a fetch that slips through must do no harm either. */
export const isPreview = (headers: IncomingHttpHeaders): boolean => {
  const purpose = [headers["sec-purpose"], headers.purpose, headers["x-purpose"], headers["x-moz"]].join(" ");
  if (/prefetch|preview/i.test(purpose)) return true;
  return robots.test(headers["user-agent"] ?? "");
};
