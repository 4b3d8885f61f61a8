import { magicFrom, magicTo } from "./magic.ts";

/** A validated create request. */
export type CreateMessage = {
  readonly to: string;
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  /** Empty for pictures alone, and for a content template, which the stand-in does not know. */
  readonly body: string;
  readonly media: number;
  readonly statusCallback: string | null;
  readonly validitySeconds?: number;
  /** Present if it is scheduled. */
  readonly sendAt?: string;
};

export type Refusal = { readonly code: number; readonly detail?: string };
export type Form = Readonly<Record<string, string | undefined>>;

export type SenderRules = {
  /** Numbers and sender ids that the account owns; undefined accepts every well-formed one. */
  readonly senders: readonly string[] | undefined;
  readonly isSuppressed: (sender: string, recipient: string) => boolean;
  readonly now: Date;
};

const MAX_BODY = 1_600;
const MAX_MEDIA = 10;
const MAX_CALLBACK_URL = 4_000;
const MAX_VALIDITY_SECONDS = 36_000;
const MIN_AHEAD_MS = 15 * 60_000;
const MAX_AHEAD_MS = 35 * 86_400_000;
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
  if (value.length > MAX_CALLBACK_URL || !URL.canParse(value)) return false;
  const url = new URL(value);
  return ["http:", "https:"].includes(url.protocol) && url.hostname !== "" && !url.hostname.includes("_");
};

const isMediaUrl = (value: string): boolean => /^https?:\/\//i.test(value) && URL.canParse(value);

const refuseContent = (form: Form, media: readonly string[]): Refusal | undefined => {
  const { Body: body = "", ContentSid: content, MessagingServiceSid: service } = form;
  if (!body && !content && media.length === 0) return { code: service ? 21619 : 21602 };
  if (body.length > MAX_BODY) return { code: 21617 };
  if (media.length > MAX_MEDIA) return { code: 21623 };
  return media.every(isMediaUrl) ? undefined : { code: 21620 };
};

const isValidityPeriod = (value: string): boolean =>
  /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_VALIDITY_SECONDS;

const refuseSchedule = ({ ScheduleType: type, SendAt: at, MessagingServiceSid: service }: Form, now: Date) => {
  if (!type) return undefined;
  if (type !== "fixed") return { code: 35126, detail: type };
  if (!at) return { code: 35111 };
  if (!service) return { code: 35118 };
  const aheadMs = Date.parse(at) - now.getTime();
  const isInTime = /^\d{4}-\d{2}-\d{2}T/.test(at) && aheadMs >= MIN_AHEAD_MS && aheadMs <= MAX_AHEAD_MS;
  return isInTime ? undefined : { code: 35114 };
};

/** Checks the parameters in Twilio's order: missing ones first, then malformed ones, then forbidden ones. */
export const validateCreate = (form: Form, media: readonly string[], rules: SenderRules): CreateMessage | Refusal => {
  const { To: to, From: from, MessagingServiceSid: service, StatusCallback: callback } = form;
  if (!to) return { code: 21604 };
  if (!from && !service) return { code: 21603 };
  const empty = refuseContent(form, media);
  if (empty !== undefined) return empty;
  if (service && !messagingService.test(service)) return { code: 21701, detail: service };
  if (callback && !isCallbackUrl(callback)) return { code: 21609, detail: callback };
  const validity = form.ValidityPeriod;
  if (validity !== undefined && !isValidityPeriod(validity)) return { code: 21624, detail: validity };
  const refused = refuseSchedule(form, rules.now) ?? refuseTo(to) ?? (from ? refuseFrom(from, rules) : undefined);
  if (refused !== undefined) return refused;
  if (from === to) return { code: 21266, detail: to };
  if (rules.isSuppressed(from || (service ?? ""), to)) return { code: 21610 };
  return {
    to,
    from: from || null,
    messagingServiceSid: service || null,
    body: form.Body ?? "",
    media: media.length,
    statusCallback: callback || null,
    ...(validity === undefined ? {} : { validitySeconds: Number(validity) }),
    ...(form.ScheduleType && form.SendAt ? { sendAt: new Date(form.SendAt).toISOString() } : {}),
  };
};

export const isRefusal = (result: CreateMessage | Refusal): result is Refusal => "code" in result;
