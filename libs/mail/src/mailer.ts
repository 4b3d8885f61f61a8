import { Readable } from "node:stream";
import type { Runtime } from "@touchline/service/runtime";
import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { MailSettings } from "./config.ts";
import { type MailFault, type MailOutcome, outcomeOf } from "./outcome.ts";

export interface Mail {
  /** The same for every attempt at this e-mail; becomes its Message-ID. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** Never rejects. */
  send(mail: Mail): Promise<MailOutcome>;
}

/** The longest time that `send` takes. */
const SENDING_MS = 120_000;
const REPLY_MS = 60_000;
const CONNECT_MS = 10_000;

export interface MailerTimes {
  readonly sendingMs?: number;
  readonly replyMs?: number;
}

/**
 * Hands e-mails to one SMTP server, each on its own connection: there are only a few a day. We drive the connection ourselves
 * instead of using nodemailer's transport, to know whether the content had begun when the connection broke.
 */
export const createMailer = (
  settings: MailSettings,
  runtime: Pick<Runtime, "now" | "after">,
  times: MailerTimes = {},
): Mailer => ({
  send: async (mail) => {
    const message = compose(mail, settings.from, runtime.now());
    const envelope = message.getEnvelope();
    const content = await message.build();
    let begun = false;
    // Read only once the server is ready for the content.
    const lazily = new Readable({
      read() {
        begun = true;
        this.push(content);
        this.push(null);
      },
    });
    const fault = await handOver({ ...envelope, size: content.length }, lazily, settings, runtime, times);
    return fault ? outcomeOf(fault, begun) : { kind: "sent" };
  },
});

const compose = ({ id, to, subject, text }: Mail, from: string, date: Date) => {
  const domain = from.slice(from.lastIndexOf("@") + 1).replace(/>.*/, "");
  const messageId = `<${id}@${domain}>`;
  // Prevents out-of-office replies.
  const headers = { "Auto-Submitted": "auto-generated" };
  return new MailComposer({ from, to, subject, text, messageId, date, headers }).compile();
};

type Envelope = Parameters<SMTPConnection["send"]>[0];

/** Resolves with the fault, or with undefined once the server has taken the e-mail. */
const handOver = (
  envelope: Envelope,
  content: Readable,
  { host, port, secure, login }: MailSettings,
  { after }: Pick<Runtime, "after">,
  { sendingMs = SENDING_MS, replyMs = REPLY_MS }: MailerTimes,
): Promise<MailFault | undefined> => {
  const waits = { connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, dnsTimeout: CONNECT_MS };
  const security = { secure, requireTLS: !secure && login !== undefined };
  const connection = new SMTPConnection({ host, port, ...security, ...waits, socketTimeout: replyMs });
  const ended = new Promise<MailFault | undefined>((resolve) => {
    connection.once("error", resolve);
    connection.once("end", () => resolve({ code: "ECONNECTION" }));
    const stop = after(sendingMs, () => resolve({ code: "ETIMEDOUT" }));
    connection.once("end", stop);
    const send = () => connection.send(envelope, content, (error) => resolve(error ?? undefined));
    connection.connect((error) => {
      if (error) return resolve(error);
      if (!login || !connection.allowsAuth) return send();
      connection.login({ credentials: login }, (refused) => (refused ? resolve(refused) : send()));
    });
  });
  return ended.then((fault) => {
    // A second error may follow the first, and would be thrown.
    connection.on("error", () => {});
    if (fault) connection.close();
    else connection.quit();
    return fault;
  });
};
