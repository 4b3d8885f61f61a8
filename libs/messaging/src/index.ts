export { Messaging, type MessagingOptions, type PublishOptions } from "./connection.ts";
export { type ConsumeOptions, consume, type Delivery, type Settlement } from "./consume.ts";
export { deadLetterHeaders } from "./dead-letters.ts";
export { decodeEventMessage, type EventMessage } from "./event-message.ts";
export { apiErrorCode, ensureStreams } from "./streams.ts";
