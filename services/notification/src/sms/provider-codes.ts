/** What a failure tells us to do next. */
export type FailureClass =
  /** Never processed: trying again cannot text twice. */
  | "safe_retry"
  /** Refused for now: try again with backoff. */
  | "transient"
  /** Refused for some minutes at least: try again later. */
  | "delayed"
  /** This number will never get it: ask the parent for another. */
  | "permanent_number"
  /** The parent said STOP, or the phone blocks us: suppress the number. */
  | "opted_out"
  /** Our account or sender is wrong: stop sending, alert, and burn nobody's text on it. */
  | "configuration"
  /** The provider may hold the message: only evidence closes the attempt. */
  | "ambiguous"
  /** Not in the table: park it where an operator sees it. */
  | "unknown";

type Row = readonly [code: number, failureClass: FailureClass, reason: string];

/** Twilio's error codes that matter to a UK text, from its error dictionary (twilio.com/docs/api/errors), as operators read them. */
const ROWS: readonly Row[] = [
  [20429, "safe_retry", "Twilio got too many requests from us and did not process this one."],

  [20500, "ambiguous", "Twilio failed while handling the request; it may or may not hold the message."],

  [14107, "transient", "Too many texts between the same two numbers in a short time."],
  [20503, "transient", "Twilio is temporarily unavailable."],
  [21611, "transient", "Our sender's queue at Twilio is full."],
  [30001, "transient", "Twilio's queue for this sender overflowed."],
  [30500, "transient", "Twilio had an internal error while processing the text."],
  [60728, "transient", "Twilio could not take the text for the moment."],
  [63017, "transient", "Our account sent faster than Twilio allows."],
  [63038, "transient", "Our account reached Twilio's limit of messages in 24 hours."],

  [30003, "delayed", "The phone is switched off or out of reach."],
  [30008, "delayed", "The network could not deliver the text and gave no reason."],
  [30036, "delayed", "The text waited in Twilio's queue for longer than its validity period."],
  [30450, "delayed", "Twilio's fraud protection blocks this number for 15 to 30 minutes."],

  [21211, "permanent_number", "The number is not a valid phone number."],
  [21614, "permanent_number", "The number is not a mobile number."],
  [21635, "permanent_number", "The number is a landline."],
  [30005, "permanent_number", "The number is unknown to the network or no longer in use."],
  [30006, "permanent_number", "The number is a landline, or its network cannot be reached."],

  [21610, "opted_out", "The parent has opted out of our texts by replying STOP."],
  [30004, "opted_out", "The phone or its network blocks our texts."],

  [20003, "configuration", "Twilio refused our account SID or auth token."],
  [21212, "configuration", "Our sender is not a valid number or sender id."],
  [21408, "configuration", "Our Twilio account may not text this region; allow it in the geographic permissions."],
  [21606, "configuration", "Our sender cannot send texts to this destination."],
  [21608, "configuration", "Our Twilio account is a trial and may only text verified numbers."],
  [21612, "configuration", "Twilio has no route from our sender to this number."],
  [21617, "configuration", "The text is longer than Twilio's 1,600 characters; shorten the template."],
  [21659, "configuration", "Our sender is not a Twilio number, or a short code of another country."],
  [30002, "configuration", "Our Twilio account is suspended."],
  [30007, "configuration", "The network filtered the text as unwanted; check the template, the link and the sender."],
  [30042, "configuration", "The network blocks our sender id as too generic or for its characters."],
];

const TABLE: ReadonlyMap<number, Row> = new Map(ROWS.map((row) => [row[0], row]));

/** Every code of the table, for documents and dashboards. */
export const PROVIDER_CODES: readonly number[] = ROWS.map(([code]) => code);

/**
 * The class of Twilio's error code, from an error answer, a status callback or a fetched message. A code counts before
 * the HTTP status: 20503 comes with 503 and is transient, while a 503 without a known code is ambiguous.
 */
export function classify(code: number): FailureClass {
  return TABLE.get(code)?.[1] ?? "unknown";
}

/** The reason in words for operators; it holds nothing personal. */
export function reasonFor(code: number): string {
  return TABLE.get(code)?.[2] ?? `Twilio's error ${code}, which we do not know.`;
}

/** The class of an error answer without a code that we know. `status` is the HTTP status, 400–599. */
export function classifyHttpStatus(status: number): FailureClass {
  if (status === 429) return "safe_retry";
  if (status === 401 || status === 403) return "configuration";
  return status === 408 || status >= 500 ? "ambiguous" : "unknown";
}

/** Errors of a connection that was never made, so that no request left us. */
const NOT_CONNECTED: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);

/** The class of a request without an answer. `errorCode` is Node's or the HTTP client's, such as ECONNRESET. */
export function classifyTransportError(errorCode: string): "safe_retry" | "ambiguous" {
  return NOT_CONNECTED.has(errorCode) ? "safe_retry" : "ambiguous";
}
