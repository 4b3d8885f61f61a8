import { REPLY_MAX, type SmsEvent } from "@touchline/contracts";
import { redactLate } from "./redact.ts";
import { isText, type SmsState } from "./state.ts";

/** A reply from a number that we texted. */
export interface Reply {
  readonly replyId: string;
  readonly body: string;
}

/** Records a reply. If the text has been erased, records only that the provider has the reply. No events: already recorded. */
export const recordReply =
  ({ replyId, body }: Reply, now: Date) =>
  (state: SmsState): SmsEvent[] => {
    if (state.status === "erased") return redactLate(state, replyId, now);
    if (!isText(state) || state.replies?.includes(replyId)) return [];
    const { registrationId } = state;
    // The cut may split a character.
    const kept = body.slice(0, REPLY_MAX).toWellFormed();
    return [{ type: "ReplyReceived", data: { registrationId, replyId, body: kept, receivedAt: now.toISOString() } }];
  };
