import { keep } from "../stand-in/bounded.ts";
import type { FaultBox } from "../stand-in/fault-box.ts";
import { type DeliveryAttempt, type Posted, post } from "../stand-in/post.ts";
import type { Scheduler } from "../stand-in/scheduler.ts";
import { sign, statusParams, withoutFragment } from "./callback.ts";
import type { Message } from "./message.ts";
import type { TwilioLifecycle } from "./options.ts";
import type { OutcomeRule } from "./outcome.ts";

export type CallbackContext = {
  readonly accountSid: string;
  readonly authToken: string;
  readonly lifecycle: TwilioLifecycle;
  readonly scheduler: Scheduler;
  readonly faults: FaultBox<OutcomeRule>;
  readonly attempts: DeliveryAttempt[];
  readonly now: () => Date;
};

type Posting = { readonly url: string; readonly params: Record<string, string>; readonly about: string };

/** Posts signed forms: once, or again while there is no answer or the answer is a server error. */
export class Callbacks {
  readonly #context: CallbackContext;
  /** The first try of each text's latest callback; the next one waits for it, so that only faults break the order. */
  readonly #firstTries = new Map<string, Promise<void>>();
  /** Callbacks held back until a later one of the same text has overtaken them. */
  readonly #held = new Map<string, () => void>();

  constructor(context: CallbackContext) {
    this.#context = context;
  }

  /** Calls the text's callback URL with its status, unless an injected failure loses, doubles or delays it. */
  status(message: Message): void {
    const url = message.statusCallback;
    if (url === null) return;
    const { scheduler, faults, lifecycle, accountSid } = this.#context;
    const posting = { url, params: statusParams(message, accountSid), about: message.status };
    const go = () => this.#enqueue(message.id, posting);
    const fault = faults.drawDelivery(message.status);
    const overtaken = this.#held.get(message.id);
    switch (fault?.kind) {
      case "drop":
        break;
      case "duplicate":
        go();
        go();
        break;
      case "delay":
        scheduler.after(fault.ms ?? lifecycle.reorderMs, go);
        break;
      case "reorder":
        this.#hold(message.id, fault.ms ?? lifecycle.reorderMs, go);
        return;
      case undefined:
        go();
        break;
    }
    overtaken?.();
  }

  /** Posts once: Twilio does not repeat what a phone sent. Resolves when it is done. */
  deliver(posting: Posting): Promise<Posted> {
    return this.#try(posting, this.#context.scheduler.runtime.uuid(), 1);
  }

  #enqueue(id: string, posting: Posting): void {
    // The same token on every try, as Twilio sends it.
    const token = this.#context.scheduler.runtime.uuid();
    const before = this.#firstTries.get(id) ?? Promise.resolve();
    const first = before.then(() => this.#try(posting, token, 1));
    const tried = first.then(() => {
      if (this.#firstTries.get(id) === tried) this.#firstTries.delete(id);
    });
    this.#firstTries.set(id, tried);
    void this.#context.scheduler.run(async () => {
      await this.#retry(posting, token, await first);
    });
  }

  async #retry(posting: Posting, token: string, first: Posted): Promise<Posted> {
    const { lifecycle, scheduler } = this.#context;
    let posted = first;
    for (const [index, waitMs] of lifecycle.callbackRetriesMs.entries()) {
      if (scheduler.signal.aborted || (posted.status !== undefined && posted.status < 500)) break;
      await scheduler.pause(waitMs);
      posted = await this.#try(posting, token, index + 2);
    }
    return posted;
  }

  #hold(id: string, ms: number, go: () => void): void {
    let gone = false;
    const release = () => {
      if (gone) return;
      gone = true;
      this.#held.delete(id);
      go();
    };
    this.#held.set(id, release);
    this.#context.scheduler.after(ms, release);
  }

  async #try(posting: Posting, token: string, attempt: number): Promise<Posted> {
    const { scheduler, authToken, lifecycle, attempts, now } = this.#context;
    if (scheduler.signal.aborted) return { status: undefined, answer: "stopped" };
    const url = withoutFragment(posting.url);
    const body = new URLSearchParams(posting.params).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      "user-agent": "TwilioProxy/1.1",
      accept: "*/*",
      "i-twilio-idempotency-token": token,
      "x-twilio-signature": sign(authToken, posting.url, posting.params),
    };
    const at = now().toISOString();
    const posted = await post(scheduler, url, headers, body, lifecycle.callbackTimeoutMs);
    keep(attempts, { at, url, body, headers, attempt, about: posting.about, ...posted });
    return posted;
  }
}
