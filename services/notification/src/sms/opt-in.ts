import type { SmsEvent } from "@touchline/contracts";
import { OPTED_OUT } from "./circumstances.ts";
import type { ProviderWords } from "./provider.ts";
import { isText, OPTED_IN, type SmsState, type Text } from "./state.ts";

type Classify = ProviderWords["failureOf"];

const ended: ReadonlySet<Text["status"]> = new Set(["given_up", "rejected", "undelivered", "failed"]);

export const isOptOut = (code: string, classify: Classify): boolean =>
  code === OPTED_OUT || classify(code).class === "opted_out";

/** Whether the text ended because the number's owner had opted out. */
export const isHeldBack = (text: Text, classify: Classify): boolean => {
  const code = text.closed?.code ?? Object.values(text.messages).at(-1)?.errorCode;
  return ended.has(text.status) && code !== undefined && isOptOut(code, classify);
};

/** The number's owner wants texts again: a text that was held back is tried again, if it is still wanted. */
export const reviveText =
  (classify: Classify, now: Date) =>
  (state: SmsState): SmsEvent[] => {
    if (!isText(state) || !isHeldBack(state, classify)) return [];
    const at = now.toISOString();
    const attempt = Math.max(1, state.attempts.length);
    return [
      { type: "SmsRetryScheduled", data: { attempt, code: OPTED_IN, counted: false, retryAt: at, scheduledAt: at } },
    ];
  };
