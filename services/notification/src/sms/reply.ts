import { REPLY_MAX, type SmsEvent } from "@touchline/contracts";
import { redactLate } from "./redact.ts";
import { isText, type SmsState } from "./state.ts";

/** What came back from the number that a text went to. */
export interface Reply {
  readonly replyId: string;
  readonly body: string;
}

/** Records a reply; to a text that was erased meanwhile, only that the provider has it. No events: it was recorded before. */
export const recordReply =
  ({ replyId, body }: Reply, now: Date) =>
  (state: SmsState): SmsEvent[] => {
    if (state.status === "erased") return redactLate(state, replyId, now);
    if (!isText(state) || state.replies?.includes(replyId)) return [];
    const { registrationId } = state;
    // The cut may fall into a character.
    const kept = body.slice(0, REPLY_MAX).toWellFormed();
    return [{ type: "ReplyReceived", data: { registrationId, replyId, body: kept, receivedAt: now.toISOString() } }];
  };
