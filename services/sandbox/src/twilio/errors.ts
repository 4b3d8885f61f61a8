import type { Answer } from "../stand-in/answer.ts";

/** HTTP status and wording of each error code; `{}` is the place of the detail. Codes and meanings: Twilio's error dictionary. */
const wording: Readonly<Record<number, readonly [status: number, message: string]>> = {
  20001: [400, "Invalid parameter: {}"],
  20003: [401, "Authentication Error - invalid username"],
  20004: [405, "Method not allowed"],
  20009: [409, "Cannot delete message because delivery has not been completed."],
  20404: [404, "The requested resource {} was not found"],
  20429: [429, "Too Many Requests"],
  20500: [500, "An internal server error has occurred"],
  20503: [503, "Service is unavailable. Please try again"],
  14107: [429, "Message rate limit exceeded"],
  21211: [400, "Invalid 'To' Phone Number: {}"],
  21212: [400, "Invalid From Number (caller ID): {}"],
  21266: [400, "'To' and 'From' number cannot be the same: {}"],
  21408: [400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {}."],
  21602: [400, "Message body is required."],
  21603: [400, "A 'From' phone number is required."],
  21604: [400, "A 'To' phone number is required."],
  21606: [
    400,
    "The 'From' phone number provided ({}) is not a valid message-capable Twilio phone number for this destination.",
  ],
  21608: [400, "The number {} is unverified. Trial accounts cannot send messages to unverified numbers."],
  21609: [400, "The 'StatusCallback' URL {} is not a valid URL."],
  21610: [400, "Attempt to send to unsubscribed recipient"],
  21611: [429, "The 'From' number {} has exceeded the maximum number of queued messages."],
  21612: [400, "Message cannot be sent with the current combination of 'To' ({}) and 'From' parameters."],
  21614: [400, "To number: {} is not a mobile number"],
  21617: [400, "The concatenated message body exceeds the 1600 character limit."],
  21619: [400, "A text message body or media urls must be specified."],
  21620: [400, "Invalid media URL(s)"],
  21623: [400, "Number of media files exceeds allowed limit"],
  21624: [400, "The 'ValidityPeriod' value {} is invalid: use an integer between 1 and 36000."],
  21635: [400, "'To' number {} cannot be a landline"],
  21659: [400, "'From' {} is not a Twilio phone number or Short Code country mismatch."],
  21701: [400, "The Messaging Service {} does not exist"],
  30400: [400, "Parameters are not valid"],
  30409: [409, "This message cannot be canceled"],
  35111: [400, "SendAt cannot be empty for ScheduleType 'fixed'"],
  35114: [400, "SendAt time must be between 900 seconds and 35 days (3024000 seconds) in the future, inclusive."],
  35118: [400, "MessagingServiceSid is required to schedule a message"],
  35126: [400, "The ScheduleType value {} is not supported for this channel"],
};

/** Descriptions of delivery errors, which come with a message's status, never with the answer to its creation. */
const deliveryErrors: Readonly<Record<number, string>> = {
  30001: "Queue overflow",
  30002: "Account suspended",
  30003: "Unreachable destination handset",
  30004: "Message blocked",
  30005: "Unknown destination handset",
  30006: "Landline or unreachable carrier",
  30007: "Message filtered",
  30008: "Unknown error",
  30036: "Validity Period Expired",
  30450: "Message delivery blocked",
  30500: "Twilio internal error",
};

export const deliveryErrorMessage = (code: number): string => deliveryErrors[code] ?? "Unknown error";

export type TwilioErrorBody = {
  readonly code: number;
  readonly message: string;
  readonly more_info: string;
  readonly status: number;
};

export const twilioError = (code: number, detail = ""): Answer & { readonly body: TwilioErrorBody } => {
  const [status, message] = wording[code] ?? [400, `Error ${code}`];
  const body = {
    code,
    message: message.replace("{}", detail),
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  };
  const headers = code === 20003 ? { "www-authenticate": 'Basic realm="Twilio API"' } : {};
  return { status, headers, body };
};

/** The same error by RFC 9457, for which the SDK has an exception of its own. */
export const twilioProblem = ({ code, message, more_info, status }: TwilioErrorBody): object => ({
  type: more_info,
  title: message,
  status,
  code,
  detail: message,
});

/** Twilio's error when only the HTTP status is known. */
export const twilioStatusBody = (status: number, detail?: string): TwilioErrorBody => {
  const code = status === 429 ? 20429 : status === 503 ? 20503 : status >= 500 ? 20500 : 20001;
  return { ...twilioError(code, detail).body, status };
};
