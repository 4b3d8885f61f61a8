import { createHmac } from "node:crypto";
import { keep } from "../stand-in/bounded.ts";
import type { FaultBox } from "../stand-in/fault-box.ts";
import { type DeliveryAttempt, post } from "../stand-in/post.ts";
import type { Scheduler } from "../stand-in/scheduler.ts";
import type { Table } from "../stand-in/table.ts";
import type { GoCardlessLifecycle } from "./options.ts";
import type { EndRule } from "./path.ts";
import { type Event, newId } from "./resources.ts";

/** A webhook that is not delivered yet. Kept, so that it outlives a restart of the sandbox. */
export type OpenWebhook = { readonly id: string; readonly events: readonly string[]; readonly tries: number };

export type WebhookContext = {
  readonly url: string | undefined;
  readonly secret: string;
  readonly lifecycle: GoCardlessLifecycle;
  readonly scheduler: Scheduler;
  readonly faults: FaultBox<EndRule>;
  readonly open: Table<OpenWebhook>;
  readonly event: (id: string) => Event | undefined;
  readonly now: () => Date;
};

const MAX_EVENTS = 250;

export const signWebhook = (secret: string, body: string): string =>
  createHmac("sha256", secret).update(body, "utf8").digest("hex");

/** Gathers events into signed webhooks and sends each until somebody answers 2xx or it has been tried too often. */
export class Webhooks {
  readonly attempts: DeliveryAttempt[] = [];
  readonly #context: WebhookContext;
  #gathering: string | undefined;

  constructor(context: WebhookContext) {
    this.#context = context;
  }

  announce(event: Event): void {
    const { url, faults, scheduler, lifecycle } = this.#context;
    if (url === undefined) return;
    const fault = faults.drawDelivery(`${event.resource_type}.${event.action}`);
    switch (fault?.kind) {
      case "drop":
        return;
      case "duplicate":
        this.#send(this.#start(event));
        break;
      case "delay":
      case "reorder":
        scheduler.after(fault.ms ?? lifecycle.reorderMs, () => this.#gather(event));
        return;
      case undefined:
        break;
    }
    this.#gather(event);
  }

  /** Sends what was not delivered when the sandbox was stopped. */
  resume(): void {
    if (this.#context.url === undefined) return;
    for (const webhook of this.#context.open) this.#send(webhook);
  }

  /** Sends events again, as the dashboard's "retry webhook" does. */
  again(events: readonly Event[]): void {
    for (let start = 0; start < events.length; start += MAX_EVENTS) {
      const ids = events.slice(start, start + MAX_EVENTS).map((event) => event.id);
      this.#send(this.#context.open.put({ id: newId("WB"), events: ids, tries: 0 }));
    }
  }

  #start(event: Event): OpenWebhook {
    return this.#context.open.put({ id: newId("WB"), events: [event.id], tries: 0 });
  }

  #gather(event: Event): void {
    const { open, scheduler, lifecycle } = this.#context;
    const gathering = this.#gathering === undefined ? undefined : open.get(this.#gathering);
    if (gathering !== undefined && gathering.events.length < MAX_EVENTS) {
      open.put({ ...gathering, events: [...gathering.events, event.id] });
      return;
    }
    const started = this.#start(event);
    this.#gathering = started.id;
    scheduler.after(lifecycle.webhookBatchMs, () => {
      if (this.#gathering === started.id) this.#gathering = undefined;
      this.#send(open.get(started.id) ?? started);
    });
  }

  #send(webhook: OpenWebhook): void {
    void this.#context.scheduler.run(() => this.#try(webhook));
  }

  async #try(webhook: OpenWebhook): Promise<void> {
    const { url, secret, scheduler, lifecycle, open, now } = this.#context;
    if (url === undefined) return;
    const events = webhook.events.flatMap((id) => this.#context.event(id) ?? []);
    const body = JSON.stringify({ events, meta: { webhook_id: webhook.id } });
    const headers = {
      "content-type": "application/json",
      "user-agent": "gocardless-webhook-service/1.1",
      origin: "https://api.gocardless.com",
      "webhook-signature": signWebhook(secret, body),
    };
    const attempt = webhook.tries + 1;
    const at = now().toISOString();
    const posted = await post(scheduler, url, headers, body, lifecycle.webhookTimeoutMs);
    const about = events.map((event) => `${event.resource_type}.${event.action}`).join(" ");
    keep(this.attempts, { at, url, body, headers, attempt, about, ...posted });
    // Interrupted by our own stop: it stays open and is sent when the sandbox starts again.
    if (scheduler.signal.aborted) return;
    const taken = posted.status !== undefined && posted.status >= 200 && posted.status < 300;
    const waitMs = lifecycle.webhookRetriesMs[attempt - 1];
    if (taken || waitMs === undefined) {
      open.remove(webhook.id);
      return;
    }
    const tried = open.put({ ...webhook, tries: attempt });
    scheduler.after(waitMs, () => this.#try(tried));
  }
}
