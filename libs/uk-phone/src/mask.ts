const HIDDEN = "•";

/**
 * Masks a number for operators' views: only its last three digits are shown.
 *
 * @param e164 a number in E.164, such as `+447700900123`
 * @returns `+44•••••••123`; for another country `+••••••••123`. Anything that is not E.164 becomes `•••`, so that a caller's
 *   mistake never prints a name or a number as it was typed.
 */
export function maskPhone(e164: string): string {
  if (typeof e164 !== "string" || !/^\+[1-9]\d{7,14}$/.test(e164)) return HIDDEN.repeat(3);
  // Other calling codes have one to three digits, so they are hidden too.
  const shown = e164.startsWith("+44") ? "+44" : "+";
  return shown + HIDDEN.repeat(e164.length - shown.length - 3) + e164.slice(-3);
}
