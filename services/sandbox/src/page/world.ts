import type { Runtime } from "@touchline/service";
import type { Chat } from "../chat/chat.ts";
import type { Account } from "../gocardless/account.ts";
import type { Hands } from "../gocardless/gocardless.ts";
import type { MailStandIn } from "../mail/mail-server.ts";
import type { Previews } from "../phone/previews.ts";
import type { Twilio } from "../twilio/twilio.ts";

/** Everything outside Touchline that the page shows. */
export type World = {
  readonly twilio: Twilio;
  readonly account: Account;
  readonly hands: Hands;
  readonly chat: Chat;
  readonly previews: Previews;
  readonly mail: MailStandIn;
  readonly runtime: Runtime;
};
