import { randomBytes } from "node:crypto";
import { type CancelTimer, systemRuntime } from "@touchline/service";
import { FaultBox } from "../stand-in/fault-box.ts";
import type { DeliveryAttempt } from "../stand-in/post.ts";
import { RequestLog } from "../stand-in/request-log.ts";
import { Scheduler } from "../stand-in/scheduler.ts";
import { Changes } from "../stand-in/signals.ts";
import { forgetful, Table } from "../stand-in/table.ts";
import { inboundParams } from "./callback.ts";
import { Callbacks } from "./callbacks.ts";
import { magicEnd } from "./magic.ts";
import { countSegments, isTerminal, type Message, type MessageStatus, moved } from "./message.ts";
import { fastLifecycle, type TwilioLifecycle, type TwilioOptions } from "./options.ts";
import { type OutcomeRule, toOutcome } from "./outcome.ts";
import { nextStep } from "./steps.ts";
import { optOutWord, replyTo, type Suppression, suppressionId, twimlMessages } from "./suppression.ts";
import { type CreateMessage, isAlphanumericSender } from "./validate.ts";

/** Timers of Node's cannot wait much longer. */
const LONGEST_WAIT_MS = 24 * 86_400_000;
const DEFAULT_SENDER = "+447700900999";

/** A Twilio account: its texts, their statuses, and its callbacks. */
export class Twilio {
  readonly accountSid: string;
  readonly authToken: string;
  readonly senders: readonly string[] | undefined;
  readonly lifecycle: TwilioLifecycle;
  readonly changes = new Changes();
  readonly scheduler: Scheduler;
  readonly log = new RequestLog();
  readonly callbackAttempts: DeliveryAttempt[] = [];
  readonly faults: FaultBox<OutcomeRule>;
  readonly messages: Table<Message>;
  readonly suppressions: Table<Suppression>;
  readonly now: () => Date;
  /** When each text was created, as a count. A deleted text keeps its place, since a page token may name it. */
  readonly #places = new Map<string, number>();
  /** What each text waits for. */
  readonly #waits = new Map<string, CancelTimer>();
  readonly #callbacks: Callbacks;
  readonly #options: TwilioOptions;

  constructor(options: TwilioOptions) {
    this.#options = options;
    this.accountSid = options.accountSid;
    this.authToken = options.authToken;
    this.senders = options.senders;
    this.lifecycle = { ...fastLifecycle, ...options.lifecycle };
    const runtime = options.runtime ?? systemRuntime();
    this.now = runtime.now;
    this.scheduler = new Scheduler(runtime);
    const keeper = options.keeper ?? forgetful;
    this.messages = new Table("twilio.messages", keeper, this.changes.announce);
    for (const { id } of this.messages) this.#places.set(id, this.#places.size);
    this.suppressions = new Table("twilio.suppressions", keeper, this.changes.announce);
    this.faults = new FaultBox<OutcomeRule>(options.seed ?? 1, this.changes.announce);
    this.#callbacks = new Callbacks({
      accountSid: this.accountSid,
      authToken: this.authToken,
      lifecycle: this.lifecycle,
      scheduler: this.scheduler,
      faults: this.faults,
      attempts: this.callbackAttempts,
      now: this.now,
    });
  }

  /** The number that a messaging service sends from. */
  get #serviceSender(): string {
    return this.#options.serviceSender ?? this.senders?.[0] ?? DEFAULT_SENDER;
  }

  /** Resumes the texts that were under way when the sandbox was stopped. */
  resume(): void {
    for (const message of this.messages) this.#proceed(message);
  }

  isSuppressed(sender: string, recipient: string): boolean {
    const number = sender.startsWith("MG") ? this.#serviceSender : sender;
    return this.suppressions.get(suppressionId(number, recipient)) !== undefined;
  }

  create(request: CreateMessage): Message {
    const message = this.messages.put({
      ...this.#draft(request.body, request.media),
      ...request,
      direction: "outbound-api",
      status: request.sendAt !== undefined ? "scheduled" : request.messagingServiceSid !== null ? "accepted" : "queued",
      outcome: toOutcome(this.faults.drawOutcome(request.to) ?? magicEnd(request, this.messages)),
    });
    this.#proceed(message);
    return message;
  }

  /** Redacts the body; undefined if the text is still under way. */
  redact(message: Message): Message | undefined {
    if (!isTerminal(message.status) && message.status !== "sent") return undefined;
    return this.messages.put({ ...message, body: "", updatedAt: this.now().toISOString() });
  }

  /** Deletes the record; false if the text is still under way. */
  remove(message: Message): boolean {
    if (!isTerminal(message.status)) return false;
    this.messages.remove(message.id);
    return true;
  }

  /** Later texts have higher places. */
  placeOf(sid: string): number | undefined {
    return this.#places.get(sid);
  }

  /** Cancels; undefined unless the text is scheduled, and not due yet. */
  cancel(message: Message): Message | undefined {
    if (message.status !== "scheduled") return undefined;
    this.#waits.get(message.id)?.();
    return this.#report(message, "canceled");
  }

  /** An unexpected status report, such as a late delivery receipt. */
  report(sid: string, status: MessageStatus, errorCode?: number): Message {
    const message = this.messages.get(sid);
    if (message === undefined) throw new Error(`There is no text ${sid}.`);
    return this.#report(message, status, errorCode);
  }

  /** A text from a phone to one of the account's numbers. Undefined when the sender id cannot receive. */
  async receive(text: { from: string; to: string; body: string }): Promise<Message | undefined> {
    if (isAlphanumericSender(text.to)) return undefined;
    const message = this.messages.put({
      ...this.#draft(text.body),
      direction: "inbound",
      to: text.to,
      from: text.from,
      messagingServiceSid: null,
      statusCallback: null,
      status: "received",
      sentAt: this.now().toISOString(),
      outcome: toOutcome(undefined),
    });
    this.#applyOptOut(text);
    await this.scheduler.run(() => this.#announceInbound(message));
    return message;
  }

  #applyOptOut(text: { from: string; to: string; body: string }): void {
    const word = optOutWord(text.body);
    if (word === undefined) return;
    const id = suppressionId(text.to, text.from);
    if (word === "stop") this.suppressions.put({ id, sender: text.to, recipient: text.from });
    else this.suppressions.remove(id);
    if (this.#options.autoReply === true) this.#reply(text, replyTo(word));
  }

  async #announceInbound(message: Message): Promise<void> {
    const { publicUrl } = this.#options;
    if (publicUrl === undefined) return;
    const url = `${publicUrl}/webhooks/twilio/inbound`;
    const params = inboundParams(message, this.accountSid);
    const posted = await this.#callbacks.deliver({ url, params, about: "inbound" });
    if (posted.status !== 200) return;
    for (const body of twimlMessages(posted.answer)) {
      this.#reply({ from: message.from ?? "", to: message.to }, body);
    }
  }

  #reply(text: { from: string; to: string }, body: string): void {
    const reply = this.messages.put({
      ...this.#draft(body),
      direction: "outbound-reply",
      to: text.from,
      from: text.to,
      messagingServiceSid: null,
      statusCallback: null,
      status: "queued",
      outcome: toOutcome(undefined),
    });
    this.#proceed(reply);
  }

  #draft(body: string, media = 0) {
    const at = this.now().toISOString();
    const id = `${media > 0 ? "MM" : "SM"}${randomBytes(16).toString("hex")}`;
    this.#places.set(id, this.#places.size);
    return { id, body, ...countSegments(body), errorCode: null, createdAt: at, updatedAt: at, sentAt: null };
  }

  /** Schedules the next step of the text, if it has one. */
  #proceed(message: Message): void {
    const next = nextStep(message, this.lifecycle, this.now());
    if (next === undefined) return;
    const ms = Math.min(next.ms, LONGEST_WAIT_MS);
    const go = () => (ms < next.ms ? this.#proceed(message) : this.#step(message, next.status, next.errorCode));
    this.#waits.set(message.id, this.scheduler.after(ms, go));
  }

  /** Advances the text, unless its status changed meanwhile (cancelled, or reported manually). */
  #step(seen: Message, status: MessageStatus, errorCode?: number): void {
    this.#waits.delete(seen.id);
    const message = this.messages.get(seen.id);
    if (message === undefined || message.status !== seen.status) return;
    this.#proceed(this.#report(message, status, errorCode));
  }

  #report(message: Message, status: MessageStatus, errorCode?: number): Message {
    const from = message.from ?? this.#serviceSender;
    const reported = this.messages.put({ ...moved(message, status, this.now(), errorCode), from });
    this.#callbacks.status(reported);
    return reported;
  }
}
