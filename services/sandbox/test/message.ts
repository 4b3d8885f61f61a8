import type { Message } from "../src/twilio/message.ts";

export const at = "2026-07-01T12:00:00.000Z";

/** A text that a registration causes. */
export const message = (values: Partial<Message> = {}): Message => ({
  id: `SM${"0".repeat(32)}`,
  direction: "outbound-api",
  to: "+447700900123",
  from: "+447700900999",
  body: "Hello",
  segments: 1,
  encoding: "GSM-7",
  status: "queued",
  errorCode: null,
  messagingServiceSid: null,
  statusCallback: null,
  outcome: { status: "delivered" },
  createdAt: at,
  updatedAt: at,
  sentAt: null,
  ...values,
});
