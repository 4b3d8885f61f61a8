/** The GSM 7-bit default alphabet, 3GPP TS 23.038 §6.2.1, in the order of its table; the escape at 0x1B is left out. */
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/** Its extension table, §6.2.1.1: each is sent as an escape and a second septet. */
const EXTENSION = "\f^{}\\[~]|€";

const SEPTETS: ReadonlyMap<string, 1 | 2> = new Map([
  ...BASIC.split("").map((character) => [character, 1] as const),
  ...EXTENSION.split("").map((character) => [character, 2] as const),
]);

/** How many septets a character takes in GSM-7: 1, or 2 for an escape pair; undefined if GSM-7 does not have it. */
export function septetsOf(character: string): 1 | 2 | undefined {
  return SEPTETS.get(character);
}
