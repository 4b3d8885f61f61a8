export { connectMessaging, type Messaging, type MessagingOptions, type PublishOptions } from "./connection.ts";
export { type ConsumeOptions, consume, type Delivery, type Settlement } from "./consume.ts";
export {
  type DeadLetter,
  dropDeadLetter,
  listDeadLetters,
  type RedriveOutcome,
  redriveDeadLetter,
  showDeadLetter,
} from "./dead-letter-office.ts";
export { deadLetterDepth, deadLetterHeaders, redriveSubject } from "./dead-letters.ts";
export {
  decodeEventMessage,
  type EventMessage,
  type MessageTrace,
  TRACEPARENT,
  traceOfDelivery,
} from "./event-message.ts";
export { observeDeadLetters } from "./observe.ts";
export { apiErrorCode, ensureStreams } from "./streams.ts";
export { dropMessage, type KeptMessage, sweep } from "./sweep.ts";
export { type PassedMessage, type WalkOptions, walkMessages } from "./walk.ts";
