import { controlRoutes } from "../stand-in/control.ts";
import { createServer, listen } from "../stand-in/http-server.ts";
import type { DeliveryAttempt } from "../stand-in/post.ts";
import type { LoggedRequest } from "../stand-in/request-log.ts";
import { twilioSwitches } from "./control.ts";
import type { Message, MessageStatus } from "./message.ts";
import type { TwilioOptions } from "./options.ts";
import { twilioRoutes } from "./routes.ts";
import { Twilio } from "./twilio.ts";

export type TwilioStandIn = {
  readonly url: string;
  readonly port: number;
  readonly faults: Twilio["faults"];
  /** All texts, oldest first, incoming ones and replies included. */
  readonly messages: readonly (Message & { readonly sid: string })[];
  readonly requests: readonly LoggedRequest[];
  /** Every try at a status callback or an inbound webhook. */
  readonly callbacks: readonly DeliveryAttempt[];
  /** Reports an unexpected status, such as a late delivery. */
  report(sid: string, status: MessageStatus, errorCode?: number): void;
  /** A text from a phone; resolves when the webhook was called. */
  receive(text: { from: string; to: string; body: string }): Promise<Message | undefined>;
  isSuppressed(sender: string, recipient: string): boolean;
  /** Resolves when no status change and no callback is due any more. */
  settled(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a separate Twilio stand-in on loopback, with timings for tests. */
export const startTwilioStandIn = async (
  options: TwilioOptions & { readonly port?: number },
): Promise<TwilioStandIn> => {
  const twilio = new Twilio(options);
  const app = createServer();
  await app.register(twilioRoutes(twilio));
  await app.register(controlRoutes([twilioSwitches(twilio)]));
  const { url, port } = await listen(app, options.port);
  twilio.resume();
  return {
    url,
    port,
    faults: twilio.faults,
    get messages() {
      return twilio.messages.all().map((message) => ({ ...message, sid: message.id }));
    },
    get requests() {
      return twilio.log.entries;
    },
    get callbacks() {
      return twilio.callbackAttempts;
    },
    report: (sid, status, errorCode) => void twilio.report(sid, status, errorCode),
    receive: (text) => twilio.receive(text),
    isSuppressed: (sender, recipient) => twilio.isSuppressed(sender, recipient),
    settled: () => twilio.scheduler.settled(),
    stop: async () => {
      twilio.scheduler.stop();
      await app.close();
    },
  };
};
