import { type Runtime, systemRuntime } from "@touchline/service";
import { Chat } from "./chat/chat.ts";
import { connectChatGateway } from "./chat/chat-gateway.ts";
import { Account } from "./gocardless/account.ts";
import { booksRoutes } from "./gocardless/books.ts";
import { goCardlessSwitches } from "./gocardless/control.ts";
import { hands, resume } from "./gocardless/gocardless.ts";
import type { GoCardlessLifecycle } from "./gocardless/options.ts";
import { pageRoutes } from "./gocardless/page-routes.ts";
import { goCardlessRoutes, pathNotFound } from "./gocardless/routes.ts";
import { startMailStandIn } from "./mail/mail-server.ts";
import { sandboxRoutes } from "./page/routes.ts";
import { Previews } from "./phone/previews.ts";
import { controlRoutes } from "./stand-in/control.ts";
import { createServer, listen } from "./stand-in/http-server.ts";
import { openSqliteKeeper } from "./stand-in/sqlite-keeper.ts";
import { forgetful } from "./stand-in/table.ts";
import { twilioSwitches } from "./twilio/control.ts";
import type { TwilioLifecycle } from "./twilio/options.ts";
import { twilioRoutes } from "./twilio/routes.ts";
import { Twilio } from "./twilio/twilio.ts";

export type SandboxOptions = {
  readonly port: number;
  /** Of the mail server; any free one when absent. */
  readonly smtpPort?: number;
  /** What it binds to: this machine alone unless said otherwise. */
  readonly host?: string;
  readonly twilio: {
    readonly accountSid: string;
    readonly authToken: string;
    readonly senders?: readonly string[];
    readonly serviceSender?: string;
    readonly lifecycle?: Partial<TwilioLifecycle>;
  };
  readonly goCardless: {
    readonly accessToken: string;
    readonly webhookSecret: string;
    /** Where a browser finds the payment pages, when that is not where the services find the API. */
    readonly pageOrigin?: string;
    readonly lifecycle?: Partial<GoCardlessLifecycle>;
  };
  /** Touchline's public origin, where webhooks about texts and payments go. */
  readonly publicUrl: string;
  readonly clubName: string;
  /** Touchline's gRPC address, `host:port`. */
  readonly grpcTarget: string;
  readonly gatewayToken?: string;
  /** Where to remember things; without it, a restart forgets everything. */
  readonly dataDir?: string;
  /** By default, the machine's own. */
  readonly runtime?: Runtime;
};

export type Sandbox = {
  readonly url: string;
  readonly port: number;
  /** As SMTP_URL. */
  readonly smtpUrl: string;
  stop(): Promise<void>;
};

/** Slow enough to watch a text leave and arrive, and a payment settle. */
const watchableTwilio: Partial<TwilioLifecycle> = {
  acceptedMs: 100,
  sendingMs: 150,
  sentMs: 350,
  reportMs: 900,
  callbackRetriesMs: [1_000, 4_000, 9_000],
  callbackTimeoutMs: 10_000,
};

const watchableGoCardless: Partial<GoCardlessLifecycle> = {
  mandateSubmittedMs: 800,
  mandateActiveMs: 2_000,
  paymentSubmittedMs: 500,
  paymentConfirmedMs: 1_200,
  paymentEndMs: 6_000,
  refundStepMs: 1_000,
  payoutPaidMs: 2_000,
  webhookBatchMs: 100,
  webhookRetriesMs: [1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000],
};

/** The whole outside world on one port: both providers, the chat and the page; its mail server has a port of its own. */
export const startSandbox = async (options: SandboxOptions): Promise<Sandbox> => {
  const kept = options.dataDir === undefined ? undefined : openSqliteKeeper(options.dataDir);
  const keeper = kept ?? forgetful;
  const { runtime = systemRuntime() } = options;
  const twilio = new Twilio({
    ...options.twilio,
    publicUrl: options.publicUrl,
    autoReply: true,
    lifecycle: { ...watchableTwilio, ...options.twilio.lifecycle },
    keeper,
    runtime,
  });
  const account = new Account({
    ...options.goCardless,
    webhookUrl: `${options.publicUrl}/webhooks/gocardless`,
    creditorName: options.clubName,
    lifecycle: { ...watchableGoCardless, ...options.goCardless.lifecycle },
    keeper,
    runtime,
  });
  const gateway = connectChatGateway(options.grpcTarget, options.gatewayToken, runtime);
  const chat = new Chat({ gateway, keeper, runtime });

  const mail = await startMailStandIn({ port: options.smtpPort, host: options.host, keeper, now: runtime.now });
  const previews = new Previews(twilio, options.publicUrl);

  const app = createServer();
  await app.register(twilioRoutes(twilio));
  await app.register(goCardlessRoutes(account));
  await app.register(pageRoutes(account));
  await app.register(controlRoutes([twilioSwitches(twilio), goCardlessSwitches(account)]));
  await app.register(booksRoutes(account));
  await app.register(sandboxRoutes({ twilio, account, hands: hands(account), chat, previews, mail, runtime }));
  app.setNotFoundHandler(async (request, reply) => reply.code(404).send(pathNotFound(request.id).body));
  const { url, port } = await listen(app, options.port, options.host);
  twilio.resume();
  resume(account);

  return {
    url,
    port,
    smtpUrl: mail.url,
    stop: async () => {
      chat.stop();
      twilio.scheduler.stop();
      account.scheduler.stop();
      await app.close();
      await mail.stop();
      kept?.close();
    },
  };
};
