import type { Message, Outcome } from "./message.ts";

/** Twilio's magic test numbers, and the error each one asks for. */
const from: Readonly<Record<string, number | "ok">> = {
  "+15005550001": 21212,
  "+15005550006": "ok",
  "+15005550007": 21606,
  "+15005550008": 21611,
};

/** UK numbers too, from the range that Ofcom reserves for drama: they end as the code does. */
const to: Readonly<Record<string, number>> = {
  "+15005550001": 21211,
  "+15005550002": 21612,
  "+15005550003": 21408,
  "+15005550004": 21610,
  "+15005550009": 21614,
  "+447700900810": 21610,
  "+447700900811": 21211,
  "+447700900814": 21614,
};

const SLOW_MS = 20_000;
const FIRST_IN_VAIN = "+447700900808";

/** UK numbers whose texts are accepted and then end like this. */
const ends: Readonly<Record<string, Outcome>> = {
  "+447700900800": { status: "delivered" },
  "+447700900801": { status: "sent", later: { status: "delivered", afterMs: SLOW_MS } },
  "+447700900802": { status: "sent" },
  "+447700900803": { status: "undelivered", errorCode: 30003 },
  "+447700900804": { status: "undelivered", errorCode: 30004 },
  "+447700900805": { status: "undelivered", errorCode: 30005 },
  "+447700900806": { status: "undelivered", errorCode: 30006 },
  [FIRST_IN_VAIN]: { status: "undelivered", errorCode: 30008 },
};

export const magicFrom = (number: string): number | "ok" | undefined => from[number];
export const magicTo = (number: string): number | undefined => to[number];

/** How a text to such a number ends. `earlier` are the texts so far: for one number, the second text with a link arrives. */
export const magicEnd = (
  text: Pick<Message, "to" | "body">,
  earlier: Iterable<Pick<Message, "to" | "body">>,
): Outcome | undefined => {
  const again = text.to === FIRST_IN_VAIN && [...earlier].some((one) => one.to === text.to && sameLink(one, text));
  return again ? { status: "delivered" } : ends[text.to];
};

const linkIn = (body: string): string | undefined => /https?:\S+/.exec(body)?.[0];

const sameLink = (one: Pick<Message, "body">, other: Pick<Message, "body">): boolean =>
  linkIn(one.body) === linkIn(other.body);
