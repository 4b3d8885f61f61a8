import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import PostalMime from "postal-mime";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { Changes } from "../stand-in/signals.ts";
import { forgetful, type Keeper, Table } from "../stand-in/table.ts";
import { actFor } from "./acts.ts";

/** An e-mail that arrived. */
export type ReceivedMail = {
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly receivedAt: string;
};

export type MailServerOptions = {
  /** Any free one when absent. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly keeper?: Keeper;
  readonly now: () => Date;
};

export type MailStandIn = {
  /** As SMTP_URL. */
  readonly url: string;
  readonly port: number;
  readonly mails: Table<ReceivedMail>;
  readonly changes: Changes;
  /** Recipients of every attempt, taken or not, oldest first. */
  readonly tries: readonly string[];
  stop(): Promise<void>;
};

const refusal = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode });

/** A separate mail server: it takes e-mails for everybody and shows them, and some mailboxes act out failures. */
export const startMailStandIn = async (options: MailServerOptions): Promise<MailStandIn> => {
  const { port: wanted = 0, host = "127.0.0.1", keeper = forgetful, now } = options;
  const changes = new Changes();
  const mails = new Table<ReceivedMail>("mails", keeper, changes.announce);
  const tries: string[] = [];

  const drop = (session: SMTPServerSession): void => {
    for (const connection of server.connections) {
      if (connection.session.id === session.id) connection._socket.destroy();
    }
  };

  const receive = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Error | undefined> => {
    const raw = await buffer(stream);
    const to = recipientOf(session);
    const act = actFor(to);
    if (act === "refuse_content") return refusal(552, "The message is too big");
    const { subject = "", text = "", from } = await PostalMime.parse(raw);
    const id = `${now().toISOString()}-${mails.size}`;
    mails.put({ id, to, from: from?.address ?? "", subject, text, receivedAt: now().toISOString() });
    if (act === "take_and_break") drop(session);
    return undefined;
  };

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    onRcptTo: ({ address }, session, done) => {
      tries.push(address);
      const act = actFor(address);
      if (act === "break") return drop(session);
      if (act === "refuse") return done(refusal(550, "There is no such mailbox"));
      done(act === "defer" ? refusal(451, "Try again later") : undefined);
    },
    onData: (stream, session, answer) => {
      receive(stream, session).then(
        (refused) => {
          const act = actFor(recipientOf(session));
          if (act === "take" || refused) answer(refused);
        },
        (error: unknown) => answer(refusal(451, String(error))),
      );
    },
  });
  // Connections break here on purpose.
  server.on("error", () => {});
  const listening = server.listen(wanted, host);
  if (!listening.listening) await once(listening, "listening");
  const { port } = listening.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    changes,
    tries,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of server.connections) connection._socket.destroy();
      }),
  };
};

const recipientOf = ({ envelope }: SMTPServerSession): string => envelope.rcptTo[0]?.address ?? "";
