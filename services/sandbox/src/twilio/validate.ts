import { magicFrom, magicTo } from "./magic.ts";

/** A validated create request. */
export type CreateMessage = {
  readonly to: string;
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  readonly body: string;
  readonly statusCallback: string | null;
};

export type Refusal = { readonly code: number; readonly detail?: string };
export type Form = Readonly<Record<string, string | undefined>>;

export type SenderRules = {
  /** Numbers and sender ids that the account owns; undefined accepts every well-formed one. */
  readonly senders: readonly string[] | undefined;
  readonly isSuppressed: (sender: string, recipient: string) => boolean;
};

const MAX_BODY = 1_600;
const MAX_VALIDITY_SECONDS = 36_000;
/** Countries for which the account's geographic permissions are on. */
const PERMITTED = ["+44", "+1"];

const e164 = /^\+[1-9]\d{7,14}$/;
const alphanumericSender = /^(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}$/;
const messagingService = /^MG[0-9a-f]{32}$/i;

export const isAlphanumericSender = (sender: string): boolean => alphanumericSender.test(sender);

const refuseTo = (to: string): Refusal | undefined => {
  const magic = magicTo(to);
  if (magic !== undefined) return { code: magic, detail: to };
  if (!e164.test(to)) return { code: 21211, detail: to };
  if (to.startsWith("+44") && !/^\+44\d{9,10}$/.test(to)) return { code: 21211, detail: to };
  if (!PERMITTED.some((prefix) => to.startsWith(prefix))) return { code: 21408, detail: to };
  if (to.startsWith("+44") && !/^\+447\d{9}$/.test(to)) return { code: 21614, detail: to };
  return undefined;
};

const refuseFrom = (from: string, rules: SenderRules): Refusal | undefined => {
  const magic = magicFrom(from);
  if (magic === "ok") return undefined;
  if (magic !== undefined) return { code: magic, detail: from };
  if (!e164.test(from) && !isAlphanumericSender(from)) return { code: 21212, detail: from };
  if (rules.senders !== undefined && !rules.senders.includes(from)) {
    return { code: e164.test(from) ? 21659 : 21606, detail: from };
  }
  return undefined;
};

/** Twilio takes any absolute http(s) URL whose host has no underscore. */
const isCallbackUrl = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return ["http:", "https:"].includes(url.protocol) && url.hostname !== "" && !url.hostname.includes("_");
};

const isValidityPeriod = (value: string): boolean =>
  /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_VALIDITY_SECONDS;

/** Checks the parameters in Twilio's order: missing ones first, then malformed ones, then forbidden ones. */
export const validateCreate = (form: Form, rules: SenderRules): CreateMessage | Refusal => {
  const { To: to, From: from, MessagingServiceSid: service, Body: body, StatusCallback: callback } = form;
  if (!to) return { code: 21604 };
  if (!from && !service) return { code: 21603 };
  if (!body) return { code: 21602 };
  if (body.length > MAX_BODY) return { code: 21617 };
  if (service && !messagingService.test(service)) return { code: 21701, detail: service };
  if (callback && !isCallbackUrl(callback)) return { code: 21609, detail: callback };
  const validity = form.ValidityPeriod;
  if (validity !== undefined && !isValidityPeriod(validity)) return { code: 21624, detail: validity };
  const refused = refuseTo(to) ?? (from ? refuseFrom(from, rules) : undefined);
  if (refused !== undefined) return refused;
  if (from === to) return { code: 21266, detail: to };
  if (rules.isSuppressed(from || (service ?? ""), to)) return { code: 21610 };
  return {
    to,
    from: from || null,
    messagingServiceSid: service || null,
    body,
    statusCallback: callback || null,
  };
};

export const isRefusal = (result: CreateMessage | Refusal): result is Refusal => "code" in result;
