import type { Stage } from "../sms/stages.ts";

/** Twilio's words for where a message is (twilio.com/docs/messaging/api/message-resource#message-status-values). */
const STAGES: Readonly<Record<string, Stage>> = {
  accepted: "taken",
  scheduled: "taken",
  queued: "taken",
  sending: "sending",
  sent: "sent",
  canceled: "cancelled",
  failed: "failed",
  undelivered: "undelivered",
  delivered: "delivered",
  read: "read",
};

/** Undefined for a word that is not in the table. */
export const stageOf = (word: string): Stage | undefined => (Object.hasOwn(STAGES, word) ? STAGES[word] : undefined);
