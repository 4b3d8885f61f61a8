const HEX_32 = /^[0-9a-f]{32}$/;

export const ZERO_UUID = "00000000-0000-0000-0000-000000000000";

/** In lower case with hyphens, or undefined. Accepts braces and missing hyphens, as EventStoreDB does. */
export function normalUuid(text: string): string | undefined {
  if (text.length === 36 && isNormal(text)) return text;
  const hex = text
    .trim()
    .replace(/^[{(]|[)}]$/g, "")
    .replaceAll("-", "")
    .toLowerCase();
  return HEX_32.test(hex) ? hyphenate(hex) : undefined;
}

export const uuidFromBits = (most: bigint, least: bigint): string =>
  hyphenate(
    BigInt.asUintN(64, most).toString(16).padStart(16, "0") + BigInt.asUintN(64, least).toString(16).padStart(16, "0"),
  );

export function uuidToBits(uuid: string): { most: bigint; least: bigint } {
  const hex = uuid.replaceAll("-", "");
  return { most: BigInt(`0x${hex.slice(0, 16)}`), least: BigInt(`0x${hex.slice(16)}`) };
}

const hyphenate = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

const NORMAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isNormal = (text: string): boolean => NORMAL.test(text);
