export type { Message, MessageStatus, Outcome } from "./twilio/message.ts";
export type { TwilioLifecycle, TwilioOptions } from "./twilio/options.ts";
export { startTwilioStandIn, type TwilioStandIn } from "./twilio/stand-in.ts";
