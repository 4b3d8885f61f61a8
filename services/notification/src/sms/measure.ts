import { septetsOf } from "./gsm7.ts";

export type TextSize = {
  encoding: "GSM-7" | "UCS-2";
  /** Texts that the network sends and bills. */
  segments: number;
  /** Septets in GSM-7 (an escape pair counts 2), UTF-16 code units in UCS-2. */
  units: number;
};

/**
 * What fits into a text of one part, and into each part of a longer one. A part's header takes 6 of 140 octets (3GPP TS 23.040
 * §9.2.3.24).
 */
const CAPACITY = {
  "GSM-7": { alone: 160, part: 153 },
  "UCS-2": { alone: 70, part: 67 },
} as const;

/**
 * How a body is encoded: GSM-7 if it has every character (3GPP TS 23.038), else UCS-2.
 *
 * Neither an escape pair nor a surrogate pair is split between two parts, so a part may end one unit early. An empty body counts
 * as one segment. This is what Twilio bills. Twilio's calculator may say one segment more, because it also keeps combining
 * sequences (a letter and its separate accent, joined emoji) in one part. Networks do not.
 */
export function measureText(body: string): TextSize {
  const characters = Array.from(body);
  const septets = characters.map(septetsOf);
  const encoding = septets.includes(undefined) ? "UCS-2" : "GSM-7";
  const sizes = encoding === "GSM-7" ? septets.map((size) => size ?? 0) : characters.map((c) => c.length);
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const { alone, part } = CAPACITY[encoding];
  return { encoding, segments: units <= alone ? 1 : parts(sizes, part), units };
}

function parts(sizes: readonly number[], capacity: number): number {
  let count = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > capacity) {
      count += 1;
      used = 0;
    }
    used += size;
  }
  return count;
}
