import type { Joinable } from "@touchline/service";
import { parseUkMobile } from "@touchline/uk-phone";
import { SERVICE } from "../dispatch/transact-text.ts";
import type { SuppressionList } from "../suppression/list.ts";
import { readOptOut } from "../suppression/words.ts";
import type { Form } from "./routes.ts";

export interface InboundOptions {
  readonly suppression: SuppressionList;
  readonly now: () => Date;
  readonly onInbound: (what: "stop" | "start" | "other") => void;
}

/** Takes in a text from a parent: STOP and START are heeded, nothing else is kept. */
export const createInboundHandler =
  ({ suppression, now, onInbound }: InboundOptions) =>
  async (form: Form, request?: Joinable): Promise<void> => {
    const what = readOptOut(form.Body ?? "", form.OptOutType);
    const from = parseUkMobile(form.From ?? "");
    onInbound(what ?? "other");
    if (!what || !from.ok) return;
    const cause = { service: SERVICE, id: form.MessageSid, traceparent: request?.joins(undefined) };
    if (what === "stop") await suppression.optOut(from.e164, { via: "inbound" }, now(), cause);
    else await suppression.optIn(from.e164, now(), cause);
  };
