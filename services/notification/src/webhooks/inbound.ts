import type { Joinable } from "@touchline/service";
import { parseUkMobile } from "@touchline/uk-phone";
import { SERVICE, type Texts } from "../dispatch/texts.ts";
import { recordReply } from "../sms/reply.ts";
import { isText } from "../sms/state.ts";
import type { SuppressionList } from "../suppression/list.ts";
import { readKeyword } from "../suppression/words.ts";
import type { InboundText } from "../twilio/callbacks.ts";
import type { TextRepliedTo } from "./text-replied-to.ts";

export interface InboundOptions {
  readonly suppression: SuppressionList;
  readonly texts: Pick<Texts, "decide">;
  readonly textRepliedTo: TextRepliedTo;
  readonly now: () => Date;
  readonly onInbound: (what: "stop" | "start" | "reply" | "other") => void;
  readonly onUnknown: () => void;
}

/** What a text from a parent was. `known`: it has been acted on before. */
type Inbound = "stop" | "start" | "reply" | "other" | "known";

export interface InboundHandler {
  /** For a text that has just come. */
  readonly now: (text: InboundText, request?: Joinable) => Promise<void>;
  /** For a text that may have been missed when it came. */
  readonly late: (text: InboundText & { readonly receivedAt: Date }) => Promise<Inbound>;
}

/**
 * Acts on a text from a parent. STOP and START change whether we may text the number. Any other words are kept with the text that
 * they answer, unless we never texted the number: also "yes" from a parent who had not opted out, and "help", which Twilio answers
 * only with where to find it.
 */
export const createInboundHandler = (options: InboundOptions): InboundHandler => {
  const { suppression, now, onInbound, onUnknown } = options;

  const act = async (text: InboundText, receivedAt: Date | undefined, request?: Joinable): Promise<Inbound> => {
    const keyword = readKeyword(text.body, text.optOutType);
    const from = parseUkMobile(text.from);
    if (!from.ok) return "other";
    const phone = from.e164;
    // A STOP that comes again still counts: a wrong opt-out does less harm than a missed one.
    const mayRepeat = keyword === "start" || receivedAt !== undefined;
    if (text.id && mayRepeat && (await suppression.wasApplied(phone, text.id))) return "known";
    const keep = () => keepReply(options, phone, text, receivedAt !== undefined, request);
    if (!keyword || keyword === "help") return keep();
    const cause = { service: SERVICE, id: text.id, traceparent: request?.joins(undefined) };
    const said = receivedAt ? { at: endOfSecond(receivedAt), asOf: endOfSecond(receivedAt) } : now();
    if (keyword === "start") return (await suppression.optIn(phone, said, cause)) ? keyword : keep();
    const isNew = await suppression.optOut(phone, { via: "inbound" }, said, cause);
    return isNew || !receivedAt ? keyword : "known";
  };

  return {
    now: async (text, request) => {
      const what = await act(text, undefined, request);
      if (what !== "known") onInbound(what);
      if (what === "other") onUnknown();
    },
    late: async (text) => {
      const what = await act(text, text.receivedAt);
      if (what !== "known" && what !== "other") onInbound(what);
      return what;
    },
  };
};

/** The provider's list has whole seconds. */
const endOfSecond = (at: Date): Date => new Date(at.getTime() + 999);

const keepReply = async (
  { texts, textRepliedTo, now }: InboundOptions,
  phone: string,
  { id, body, media }: InboundText,
  isLate: boolean,
  request: Joinable | undefined,
): Promise<Inbound> => {
  const smsId = id && (await textRepliedTo(phone, id, isLate));
  // We never texted the number.
  if (!id || !smsId) return "other";
  const words = body.trim() || (media ? "(a picture)" : "(no words)");
  // With the present time, also if it is late: an operator may have dealt with later ones, but has not seen this one.
  const { state, events } = await texts.decide(smsId, recordReply({ replyId: id, body: words }, now()), {
    id,
    request,
  });
  if (!isText(state)) return "other";
  return events.length > 0 ? "reply" : "known";
};
