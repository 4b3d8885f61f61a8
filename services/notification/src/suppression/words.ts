const STOP = new Set(["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"]);
const START = new Set(["START", "UNSTOP", "YES"]);

/**
 * What a parent's text asks for. Only a text of that one word counts, as at Twilio; case, spaces and punctuation around
 * it do not matter. `optOutType` is Twilio's own verdict, which it adds when advanced opt-out is on.
 */
export const readOptOut = (body: string, optOutType?: string): "stop" | "start" | undefined => {
  const verdict = optOutType?.toUpperCase();
  if (verdict === "STOP") return "stop";
  if (verdict === "START") return "start";
  const word = body.replaceAll(/[^\p{L}\p{N}]+/gu, "").toUpperCase();
  if (STOP.has(word)) return "stop";
  return START.has(word) ? "start" : undefined;
};
