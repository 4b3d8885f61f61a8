const STOP = new Set(["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"]);
const START = new Set(["START", "UNSTOP", "YES"]);
/** Twilio answers these itself. */
const HELP = new Set(["HELP", "INFO"]);

export type Keyword = "stop" | "start" | "help";

/**
 * What a parent's text asks for. As at Twilio, only a text of that one word counts; case, spaces and punctuation do not matter.
 * `optOutType` is Twilio's own verdict, which it adds if advanced opt-out is on.
 */
export const readKeyword = (body: string, optOutType?: string): Keyword | undefined => {
  const verdict = optOutType?.toUpperCase();
  if (verdict === "STOP") return "stop";
  if (verdict === "START") return "start";
  const word = body.replaceAll(/[^\p{L}\p{N}]+/gu, "").toUpperCase();
  if (STOP.has(word)) return "stop";
  if (START.has(word)) return "start";
  return verdict === "HELP" || HELP.has(word) ? "help" : undefined;
};
