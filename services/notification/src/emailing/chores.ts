import { contentOf, type EmailEvent, type EmailRound, emailIdOf } from "@touchline/contracts";
import { type Cause, type EventStore, load, transact } from "@touchline/event-store";
import type { Mailer, MailOutcome } from "@touchline/mail";
import type { Runtime } from "@touchline/service/runtime";
import type { Facts } from "../dispatch/facts.ts";
import { type LoggedText, SERVICE, type Texts } from "../dispatch/texts.ts";
import { composeEmail } from "../email/compose.ts";
import { abandonAttempt, type NotWanted, recordOutcome, requestEmail, startAttempt } from "../email/decide.ts";
import { type Email, type EmailState, emailAggregate, isEmail } from "../email/state.ts";
import { persistently } from "../persistently.ts";
import { shownName } from "../sms/text.ts";
import { noEmailFor, unreached } from "../sms/unreached.ts";

export interface EmailChoresOptions {
  readonly store: EventStore;
  readonly texts: Pick<Texts, "read">;
  readonly facts: Facts;
  readonly mailer: Mailer;
  readonly clubName: string;
  /** Since when e-mails may be missing from the store; undefined outside the window after a restore. */
  readonly lostSince: () => Promise<Date | undefined>;
  readonly runtime: Pick<Runtime, "now" | "monotonicMs" | "random" | "sleep">;
  readonly onRequested: (reason: string) => void;
  readonly onOutcome: (email: Email, outcome: MailOutcome, traceparent?: string) => void;
}

/** What can be due for a text that does not arrive, and for an e-mail. Each reads the stream first: another instance may be ahead. */
export interface EmailChores {
  /** E-mails the parent of a text that cannot arrive. */
  consider(smsId: string): Promise<void>;
  /** Makes the next attempt, or closes one that was abandoned. */
  send(emailId: string): Promise<void>;
}

export const createEmailChores = (options: EmailChoresOptions): EmailChores => {
  const { store, texts, mailer, clubName, lostSince, runtime, onRequested, onOutcome } = options;

  const decide = (emailId: string, decision: (state: EmailState) => EmailEvent[], cause: Omit<Cause, "service">) =>
    transact(store, emailAggregate, emailId, decision, { ...cause, service: SERVICE });

  const consider = async (smsId: string): Promise<void> => {
    const { text, traceparent } = await texts.read(smsId);
    const reason = text && unreached(text, runtime.now());
    if (!reason) return;
    const about = await surroundingsOf(options, text);
    const to = about?.registration.email;
    if (!about || !to || noEmailFor(text, about, runtime.now())) return;
    const { registrationId, billingRequestId, body } = text;
    const { registration, round, reopenings } = about;
    // Earlier versions counted an ended mandate in the round of the fee.
    const before = await load(store, emailAggregate, emailIdOf(registrationId, reason, reopenings));
    if (isEmail(before.state) && before.state.smsId === smsId) return;
    const facts = { registrationId, billingRequestId, smsId, reason, round, to, clubName };
    const childName = shownName(registration.childFirstName);
    const data = composeEmail({ ...facts, childName, text: body }, runtime.now());
    const cause = { id: smsId, correlationId: registrationId, traceparent };
    const { events } = await decide(data.emailId, requestEmail(data, await lostSince()), cause);
    if (events.length > 0) onRequested(reason);
  };

  const send = async (emailId: string): Promise<void> => {
    const { state, traceparent } = await load(store, emailAggregate, emailId);
    if (!isEmail(state)) return;
    const cause = { correlationId: state.registrationId, traceparent, claim: true };
    if (state.status === "attempting") return void (await decide(emailId, abandonAttempt(runtime.now()), cause));
    const notWanted = await notWantedNow(options, state);
    const claimed = await decide(emailId, startAttempt(notWanted, runtime.now()), cause);
    if (!claimed.events.some(({ type }) => type === "EmailAttemptStarted") || !isEmail(claimed.state)) return;
    const { to, subject, body: text, attempts } = claimed.state;
    // Outside the transaction: a version conflict runs the decision again and would send twice.
    const outcome = await mailer.send({ id: emailId, to, subject, text });
    onOutcome(claimed.state, outcome, traceparent);
    const record = recordOutcome(attempts, outcome, runtime.now());
    await persistently(runtime, () => decide(emailId, record, cause));
  };

  return { consider, send };
};

type Options = Pick<EmailChoresOptions, "facts" | "texts" | "runtime">;

const surroundingsOf = async ({ facts }: Options, text: LoggedText) => {
  const [circumstances, link] = await Promise.all([facts.circumstances(text), facts.link(text.billingRequestId)]);
  const { registration } = circumstances;
  if (!registration) return undefined;
  const texts = await facts.texts(text.registrationId, registration, link);
  const { reopenings = 0, mandatesGone = 0 } = link ?? {};
  const round: EmailRound = contentOf(text) === "mandate_gone" ? `mandate ${mandatesGone}` : reopenings;
  return { registration, circumstances, texts, round, reopenings };
};

const notWantedNow = async (options: Options, email: Email): Promise<NotWanted | undefined> => {
  const { text } = await options.texts.read(email.smsId);
  const about = text && (await surroundingsOf(options, text));
  return about ? noEmailFor(text, about, options.runtime.now()) : "cancelled";
};
