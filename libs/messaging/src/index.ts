export { connectMessaging } from "./connect.ts";
export type { Messaging, MessagingOptions, PublishOptions } from "./connection.ts";
export { consume } from "./consume.ts";
export { makeConsumer, serveConsumers, type WantedConsumer } from "./consumers.ts";
export { changeCopies, type StreamCopies, streamCopies } from "./copies.ts";
export {
  type DeadLetter,
  dropDeadLetter,
  listDeadLetters,
  type RedriveOutcome,
  redriveDeadLetter,
  showDeadLetter,
} from "./dead-letter-office.ts";
export { deadLetterDepth, deadLetterHeaders, redriveSubject } from "./dead-letters.ts";
export type { ConsumeOptions, Delivery, Settlement } from "./delivery.ts";
export {
  decodeEventMessage,
  type EventMessage,
  type MessageTrace,
  TRACEPARENT,
  traceOfDelivery,
} from "./event-message.ts";
export { observeDeadLetters } from "./observe.ts";
export { apiErrorCode, emptyStream, ensureStreams, renewDeadLetters, STREAM_NOT_FOUND } from "./streams.ts";
export { freeStuckConsumers } from "./stuck-consumers.ts";
export { dropMessage, type KeptMessage, sweep } from "./sweep.ts";
export { lastOnSubject, type PassedMessage, readMessages, type WalkOptions, walkMessages } from "./walk.ts";
