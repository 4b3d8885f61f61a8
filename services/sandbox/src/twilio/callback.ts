import { createHmac } from "node:crypto";
import type { Message } from "./message.ts";

/** The signature covers the exact URL, with its query but not its fragment, and the sorted parameters. */
export const sign = (authToken: string, url: string, params: Readonly<Record<string, string>>): string => {
  const signed = Object.keys(params)
    .toSorted()
    .reduce((text, key) => text + key + (params[key] ?? ""), withoutFragment(url));
  return createHmac("sha1", authToken).update(signed, "utf8").digest("base64");
};

export const withoutFragment = (url: string): string => url.split("#", 1)[0] ?? url;

const pad = (value: number): string => String(value).padStart(2, "0");

/** The carrier's own completion time, as `YYMMDDhhmm`. */
const dlrDate = (iso: string): string => {
  const at = new Date(iso);
  return [at.getUTCFullYear() % 100, at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes()]
    .map(pad)
    .join("");
};

/** The form that a status callback posts. */
export const statusParams = (message: Message, accountSid: string): Record<string, string> => ({
  ...(message.errorCode === null ? {} : { ErrorCode: String(message.errorCode) }),
  ...(message.status === "delivered" || message.status === "undelivered"
    ? { RawDlrDoneDate: dlrDate(message.updatedAt) }
    : {}),
  ...(message.messagingServiceSid === null ? {} : { MessagingServiceSid: message.messagingServiceSid }),
  SmsSid: message.id,
  SmsStatus: message.status,
  MessageStatus: message.status,
  To: message.to,
  MessageSid: message.id,
  AccountSid: accountSid,
  From: message.from ?? "",
  ApiVersion: "2010-04-01",
});

/** The form that an incoming text posts to the number's webhook. */
export const inboundParams = (message: Message, accountSid: string): Record<string, string> => ({
  ToCountry: "GB",
  FromCountry: "GB",
  SmsMessageSid: message.id,
  NumMedia: "0",
  SmsSid: message.id,
  SmsStatus: "received",
  Body: message.body,
  To: message.to,
  NumSegments: String(message.segments),
  MessageSid: message.id,
  AccountSid: accountSid,
  From: message.from ?? "",
  ApiVersion: "2010-04-01",
});
