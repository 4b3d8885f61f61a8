import type { TextFailure } from "@touchline/contracts";
import type { Failure, FailureClass } from "../sms/provider.ts";

type Row = readonly [code: number, failureClass: FailureClass, failure: TextFailure, reason: string];

/**
 * Twilio's error codes that matter for UK texts, from its error dictionary (twilio.com/docs/api/errors), with reasons for
 * operators.
 */
const ROWS: readonly Row[] = [
  [20429, "safe_retry", "provider_busy", "Twilio got too many requests from us and did not process this one."],

  [
    20500,
    "ambiguous",
    "provider_failure",
    "Twilio failed while handling the request; it may or may not have the message.",
  ],

  [20503, "transient", "provider_failure", "Twilio is temporarily unavailable."],
  [21611, "transient", "provider_busy", "Our sender's queue at Twilio is full."],
  [30001, "transient", "provider_busy", "Twilio's queue for this sender overflowed."],
  [30500, "transient", "provider_failure", "Twilio had an internal error while processing the text."],
  [60728, "transient", "provider_failure", "Twilio could not take the text at the moment."],
  [63017, "transient", "provider_busy", "Our account sent faster than Twilio allows."],
  [63038, "transient", "provider_busy", "Our account reached Twilio's limit of messages in 24 hours."],

  [14107, "delayed", "provider_busy", "Too many texts between the same two numbers in a short time."],
  [30003, "delayed", "number_unreachable", "The phone is switched off or out of reach."],
  [30008, "delayed", "network_failure", "The network could not deliver the text and gave no reason."],
  [30036, "delayed", "expired", "The text waited in Twilio's queue for longer than its validity period."],
  [30450, "delayed", "provider_busy", "Twilio's fraud protection blocks this number for 15 to 30 minutes."],

  [21211, "permanent_number", "number_invalid", "The number is not a valid phone number."],
  [21614, "permanent_number", "number_not_mobile", "The number is not a mobile number."],
  [21635, "permanent_number", "number_not_mobile", "The number is a landline."],
  [30005, "permanent_number", "number_not_in_service", "The number is unknown to the network or no longer in use."],
  [30006, "permanent_number", "number_not_mobile", "The number is a landline, or its network cannot be reached."],

  [21610, "opted_out", "opted_out", "The parent has opted out of our texts by replying STOP."],
  [30004, "opted_out", "blocked_by_phone", "The phone or its network blocks our texts."],

  [20003, "configuration", "account_problem", "Twilio refused our account SID or auth token."],
  [20404, "configuration", "account_problem", "Twilio does not recognise our account SID."],
  [21212, "configuration", "account_problem", "Our sender is not a valid number or sender id."],
  [
    21408,
    "configuration",
    "account_problem",
    "Our Twilio account may not text this region; allow it in the geographic permissions.",
  ],
  [21606, "configuration", "account_problem", "Our sender cannot send texts to this destination."],
  [21608, "configuration", "account_problem", "Our Twilio account is a trial and may only text verified numbers."],
  [21612, "configuration", "account_problem", "Twilio has no route from our sender to this number."],
  [
    21617,
    "configuration",
    "account_problem",
    "The text is longer than Twilio's 1,600 characters; shorten the template.",
  ],
  [21609, "configuration", "account_problem", "Twilio does not accept our callback URL; check PAYMENT_BASE_URL."],
  [21659, "configuration", "account_problem", "Our sender is not a Twilio number, or a short code of another country."],
  [21660, "configuration", "account_problem", "Our sender belongs to another Twilio account."],
  [21661, "configuration", "account_problem", "Our sender cannot send texts at all."],
  [21701, "configuration", "account_problem", "Our messaging service does not exist at Twilio."],
  [21703, "configuration", "account_problem", "Our messaging service has no sender free to send with."],
  [21704, "configuration", "account_problem", "Our messaging service has no senders."],
  [21705, "configuration", "account_problem", "Our messaging service's id is not valid at Twilio."],
  [30002, "configuration", "account_problem", "Our Twilio account is suspended."],
  [
    30007,
    "configuration",
    "account_problem",
    "The network filtered the text as unwanted; check the template, the link and the sender.",
  ],
  [30042, "configuration", "account_problem", "The network blocks our sender id as too generic or for its characters."],
];

/** Codes that name our sender, our template or Twilio's own fault, but may also concern just one number or one text. */
const PERHAPS_ONE_TEXT: ReadonlySet<number> = new Set([21408, 21606, 21608, 21612, 21617, 30007, 30500, 60728]);

const TABLE: ReadonlyMap<number, Row> = new Map(ROWS.map((row) => [row[0], row]));

/** Every code of the table. */
export const TWILIO_CODES: readonly number[] = ROWS.map(([code]) => code);

/** What Twilio's error code means, from an error answer, a status callback or a fetched message. */
const fromTable = (code: number): Failure | undefined => {
  const row = TABLE.get(code);
  if (!row) return undefined;
  const perhaps = PERHAPS_ONE_TEXT.has(code) ? ({ perhapsThisTextAlone: true } as const) : {};
  return { code: String(code), class: row[1], failure: row[2], reason: row[3], ...perhaps };
};

/** What a code in a stored event means: Twilio's number, an HTTP status such as `http_404`, or a Node code such as ECONNREFUSED. */
export const failureOf = (code: string): Failure => {
  const known = fromTable(Number(code));
  if (known) return known;
  if (/^\d+$/.test(code)) return unknown(code, `Twilio error ${code}, which is not in our table.`);
  const [, status] = /^http_(\d{3})$/.exec(code) ?? [];
  return status ? fromHttpStatus(code, Number(status)) : fromTransport(code);
};

const unknown = (code: string, reason: string): Failure => ({
  code,
  class: "unknown",
  failure: "unknown",
  reason,
  perhapsThisTextAlone: true,
});

/**
 * What an error answer means. Twilio's code takes precedence over the HTTP status: 20503 comes with 503 and is transient, but 503
 * alone is ambiguous.
 */
export const failureOfAnswer = (status: number, code: number): Failure => {
  const known = fromTable(code);
  if (known) return known;
  const byStatus = fromHttpStatus(`http_${status}`, status);
  return code ? { ...byStatus, code: String(code), reason: failureOf(String(code)).reason } : byStatus;
};

const fromHttpStatus = (code: string, status: number): Failure => {
  const reason = `Twilio answered ${status} without a code.`;
  if (status === 429) return { code, class: "safe_retry", failure: "provider_busy", reason };
  if (status === 401 || status === 403) return { code, class: "configuration", failure: "account_problem", reason };
  if (status === 408 || status >= 500) return { code, class: "ambiguous", failure: "provider_failure", reason };
  return unknown(code, reason);
};

/** The connection was never made, so no request was sent. */
const NOT_CONNECTED: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "not_connected"]);

const fromTransport = (code: string): Failure =>
  NOT_CONNECTED.has(code)
    ? { code, class: "safe_retry", failure: "provider_failure", reason: "Twilio could not be reached." }
    : { code, class: "ambiguous", failure: "provider_failure", reason: `No readable answer from Twilio (${code}).` };
