export { connectMessaging, type Messaging, type MessagingOptions, type PublishOptions } from "./connection.ts";
export { consume } from "./consume.ts";
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
export { apiErrorCode, ensureStreams } from "./streams.ts";
export { dropMessage, type KeptMessage, sweep } from "./sweep.ts";
export { type PassedMessage, type WalkOptions, walkMessages } from "./walk.ts";
