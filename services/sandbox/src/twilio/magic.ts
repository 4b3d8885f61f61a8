/** Twilio's magic test numbers, and the error each one asks for. */
const from: Readonly<Record<string, number | "ok">> = {
  "+15005550001": 21212,
  "+15005550006": "ok",
  "+15005550007": 21606,
  "+15005550008": 21611,
};

const to: Readonly<Record<string, number>> = {
  "+15005550001": 21211,
  "+15005550002": 21612,
  "+15005550003": 21408,
  "+15005550004": 21610,
  "+15005550009": 21614,
};

export const magicFrom = (number: string): number | "ok" | undefined => from[number];
export const magicTo = (number: string): number | undefined => to[number];
