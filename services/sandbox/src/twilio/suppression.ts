import { unescaped } from "../stand-in/entities.ts";

/** A phone that no longer wants texts from a sender. */
export type Suppression = { readonly id: string; readonly sender: string; readonly recipient: string };

export const suppressionId = (sender: string, recipient: string): string => `${sender} ${recipient}`;

const stopWords = ["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"];
const startWords = ["START", "YES", "UNSTOP"];

/** The whole text has to be the word; its case and the spaces around it do not matter. */
export const optOutWord = (body: string): "stop" | "start" | undefined => {
  const word = body.trim().toUpperCase();
  if (stopWords.includes(word)) return "stop";
  return startWords.includes(word) ? "start" : undefined;
};

export const replyTo = (word: "stop" | "start"): string =>
  word === "stop"
    ? "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe."
    : "You have successfully been re-subscribed to messages from this number. Reply STOP to unsubscribe.";

/** The texts that a TwiML answer asks to send back. */
export const twimlMessages = (twiml: string): string[] =>
  [...twiml.matchAll(/<Message[^>]*>(?:\s*<Body>)?([^<]+)/g)].map((match) => unescaped((match[1] ?? "").trim()));
