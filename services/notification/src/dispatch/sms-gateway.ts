import type { SendOutcome } from "../sms/decide.ts";
import type { Report } from "../sms/report.ts";

interface OutgoingText {
  /** E.164 */
  readonly to: string;
  readonly body: string;
  /** Part of the callback URL. */
  readonly attemptId: string;
  /** W3C trace context, passed on to the provider. */
  readonly traceparent?: string | undefined;
}

/** A message as the provider's list shows it. */
export interface ListedMessage extends Report {
  readonly createdAt: Date;
  readonly body: string;
}

/** A text that a parent sent. */
export interface ReceivedText {
  readonly id: string;
  readonly from: string;
  readonly body: string;
  /** It has a picture or the like. */
  readonly media: boolean;
  readonly receivedAt: Date;
}

/** The provider that carries texts. */
export interface SmsGateway {
  /** Asks for one text to be sent. Never rejects: not knowing is an outcome. */
  send(text: OutgoingText): Promise<SendOutcome>;
  /** Messages created since then, to one number or to any. @throws Fault when the provider cannot say now */
  list(to: string | undefined, since: Date, traceparent?: string): Promise<ListedMessage[]>;
  /** Texts to our own numbers since then, oldest first. @throws Fault when the provider cannot say now */
  received(since: Date): Promise<ReceivedText[]>;
  /** One message; undefined when the provider does not have it. @throws Fault when the provider cannot say now */
  fetch(providerMessageId: string, traceparent?: string): Promise<Report | undefined>;
  /** Empties a message; no fault if it is gone. @throws Fault when the provider cannot do it now */
  redact(providerMessageId: string, traceparent?: string): Promise<void>;
}
