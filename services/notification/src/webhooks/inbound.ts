import type { Joinable } from "@touchline/service";
import { parseUkMobile } from "@touchline/uk-phone";
import { SERVICE } from "../dispatch/texts.ts";
import type { SuppressionList } from "../suppression/list.ts";
import { readOptOut } from "../suppression/words.ts";
import { type Form, readInboundText } from "../twilio/callbacks.ts";

export interface InboundOptions {
  readonly suppression: SuppressionList;
  readonly now: () => Date;
  readonly onInbound: (what: "stop" | "start" | "other") => void;
}

/** Acts on a text from a parent: STOP and START change whether we may text the number; nothing else is kept. */
export const createInboundHandler =
  ({ suppression, now, onInbound }: InboundOptions) =>
  async (form: Form, request?: Joinable): Promise<void> => {
    const text = readInboundText(form);
    const what = readOptOut(text.body, text.optOutType);
    const from = parseUkMobile(text.from);
    onInbound(what ?? "other");
    if (!what || !from.ok) return;
    const cause = { service: SERVICE, id: text.id, traceparent: request?.joins(undefined) };
    if (what === "stop") await suppression.optOut(from.e164, { via: "inbound" }, now(), cause);
    else await suppression.optIn(from.e164, now(), cause);
  };
