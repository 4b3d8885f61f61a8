import type { Joinable } from "@touchline/service";
import { parseUkMobile } from "@touchline/uk-phone";
import { SERVICE, type Texts } from "../dispatch/texts.ts";
import { recordReply } from "../sms/reply.ts";
import { isText } from "../sms/state.ts";
import type { SuppressionList } from "../suppression/list.ts";
import { readKeyword } from "../suppression/words.ts";
import { type Form, type InboundText, readInboundText } from "../twilio/callbacks.ts";
import type { TextRepliedTo } from "./text-replied-to.ts";

export interface InboundOptions {
  readonly suppression: SuppressionList;
  readonly texts: Pick<Texts, "decide">;
  readonly textRepliedTo: TextRepliedTo;
  readonly now: () => Date;
  readonly onInbound: (what: "stop" | "start" | "reply" | "other") => void;
  readonly onUnknown: () => void;
}

/**
 * Acts on a text from a parent. STOP and START change whether we may text the number. Any other words are kept with the text that
 * they answer, unless we never texted the number: also "yes" from a parent who had not opted out, and "help", which Twilio answers
 * only with where to find it.
 */
export const createInboundHandler = (options: InboundOptions) => {
  const { suppression, now, onInbound, onUnknown } = options;
  return async (form: Form, request?: Joinable): Promise<void> => {
    const text = readInboundText(form);
    const keyword = readKeyword(text.body, text.optOutType);
    const from = parseUkMobile(text.from);
    const keep = async (): Promise<void> => {
      const kept = from.ok && (await keepReply(options, from.e164, text, request));
      onInbound(kept ? "reply" : "other");
      if (!kept && !keyword) onUnknown();
    };
    if (!keyword || keyword === "help") return keep();
    const cause = { service: SERVICE, id: text.id, traceparent: request?.joins(undefined) };
    if (keyword === "start" && !(from.ok && (await suppression.optIn(from.e164, now(), cause)))) return keep();
    onInbound(keyword);
    if (keyword === "stop" && from.ok) await suppression.optOut(from.e164, { via: "inbound" }, now(), cause);
  };
};

/** Resolves with whether the reply was kept: we have texted the number. */
const keepReply = async (
  { texts, textRepliedTo, now }: InboundOptions,
  phone: string,
  { id, body, media }: InboundText,
  request: Joinable | undefined,
): Promise<boolean> => {
  const smsId = id && (await textRepliedTo(phone, id));
  if (!id || !smsId) return false;
  const words = body.trim() || (media ? "(a picture)" : "(no words)");
  const { state } = await texts.decide(smsId, recordReply({ replyId: id, body: words }, now()), { id, request });
  return isText(state);
};
