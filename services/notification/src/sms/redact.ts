import type { SmsEvent } from "@touchline/contracts";
import { hasLink } from "./link.ts";
import type { Erased, SmsState, Text } from "./state.ts";

/** What the provider has, or may have, of a text. It is stored because the stream's earlier events are hidden after the erasure. */
export const redactionDue = (text: Text, now: Date): SmsEvent[] => {
  const { registrationId, messages, replies = [] } = text;
  const messageIds = [...Object.keys(messages), ...replies];
  const search = searchFor(text);
  if (messageIds.length === 0 && !search) return [];
  const data = { registrationId, messageIds, ...(search && { search }), dueAt: now.toISOString() };
  return [{ type: "SmsRedactionDue", data }];
};

/** Without the number, only the link identifies the family's messages. One without a link is found by its report or not at all. */
const searchFor = ({ attempts, body, billingRequestId }: Text) => {
  const [since] = attempts
    .filter(({ fate }) => fate === "open" || fate === "unknown")
    .map(({ startedAt }) => startedAt)
    .sort();
  return since !== undefined && hasLink(body, billingRequestId) ? { billingRequestId, since } : undefined;
};

/** The provider reports a message of an erased text only now. */
export const redactLate = (state: Erased, messageId: string, now: Date): SmsEvent[] => {
  const { registrationId, messageIds } = state;
  return messageIds.includes(messageId)
    ? []
    : [{ type: "SmsRedactionDue", data: { registrationId, messageIds: [messageId], dueAt: now.toISOString() } }];
};

/** Records that the provider has emptied what was due. No events if it was already recorded, or more has become due. */
export const recordRedacted =
  (seen: Erased, now: Date) =>
  (state: SmsState): SmsEvent[] =>
    state.status !== "erased" || state.due.length === 0 || state.messageIds.length > seen.messageIds.length
      ? []
      : [{ type: "SmsRedacted", data: { registrationId: state.registrationId, redactedAt: now.toISOString() } }];
