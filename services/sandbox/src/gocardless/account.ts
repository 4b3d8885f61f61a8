import { systemRuntime } from "@touchline/service";
import { FaultBox } from "../stand-in/fault-box.ts";
import { RequestLog } from "../stand-in/request-log.ts";
import { Scheduler } from "../stand-in/scheduler.ts";
import { Changes } from "../stand-in/signals.ts";
import { forgetful, Table } from "../stand-in/table.ts";
import { type Details, eventDetails } from "./event-details.ts";
import type { Customer, Payout, PayoutItem, Refund } from "./money-resources.ts";
import { fastLifecycle, type GoCardlessLifecycle, type GoCardlessOptions } from "./options.ts";
import type { EndRule } from "./path.ts";
import {
  type BillingRequest,
  type Event,
  type Flow,
  type Links,
  type Mandate,
  type Metadata,
  newId,
  type Payment,
  type ResourceType,
  type Subscription,
} from "./resources.ts";
import { Webhooks } from "./webhooks.ts";

/** A key under which a resource was created, and the resource. */
type Creation = { readonly id: string; readonly resource: string };

const CREDITOR = "CR000TOUCHLINE";

/** A GoCardless account: its resources, the events about them, and its webhooks. */
export class Account {
  readonly options: GoCardlessOptions;
  readonly lifecycle: GoCardlessLifecycle;
  readonly now: () => Date;
  readonly changes = new Changes();
  readonly scheduler: Scheduler;
  readonly log = new RequestLog();
  readonly faults: FaultBox<EndRule>;
  readonly billingRequests: Table<BillingRequest>;
  readonly flows: Table<Flow>;
  readonly payments: Table<Payment>;
  readonly mandates: Table<Mandate>;
  readonly subscriptions: Table<Subscription>;
  readonly customers: Table<Customer>;
  readonly removedCustomers: Table<{ readonly id: string; readonly created_at: string }>;
  readonly refunds: Table<Refund>;
  readonly payouts: Table<Payout>;
  readonly payoutItems: Table<PayoutItem>;
  /** Items that are not in a payout yet. */
  readonly unsettled: Table<PayoutItem>;
  readonly events: Table<Event>;
  readonly creations: Table<Creation>;
  readonly webhooks: Webhooks;
  readonly creditor = CREDITOR;
  #actionMetadata: Metadata = {};

  constructor(options: GoCardlessOptions) {
    this.options = options;
    this.lifecycle = { ...fastLifecycle, ...options.lifecycle };
    const runtime = options.runtime ?? systemRuntime();
    this.now = runtime.now;
    this.scheduler = new Scheduler(runtime);
    const keeper = options.keeper ?? forgetful;
    const table = <T extends { readonly id: string }>(name: string) =>
      new Table<T>(`gocardless.${name}`, keeper, this.changes.announce);
    this.billingRequests = table("billing_requests");
    this.flows = table("billing_request_flows");
    this.payments = table("payments");
    this.mandates = table("mandates");
    this.subscriptions = table("subscriptions");
    this.customers = table("customers");
    this.removedCustomers = table("removed_customers");
    this.refunds = table("refunds");
    this.payouts = table("payouts");
    this.payoutItems = table("payout_items");
    this.unsettled = table("unsettled_items");
    this.events = table("events");
    this.creations = table("creations");
    this.faults = new FaultBox<EndRule>(options.seed ?? 1, this.changes.announce);
    this.webhooks = new Webhooks({
      url: options.webhookUrl,
      secret: options.webhookSecret,
      lifecycle: this.lifecycle,
      scheduler: this.scheduler,
      faults: this.faults,
      open: table("webhooks"),
      event: (id) => this.events.get(id),
      now: this.now,
    });
  }

  get creditorName(): string {
    return this.options.creditorName ?? "Sandbox Football Club";
  }

  /** Runs an action of the API; the events that it causes carry its metadata. */
  acting<R>(metadata: Metadata, action: () => R): R {
    this.#actionMetadata = metadata;
    try {
      return action();
    } finally {
      this.#actionMetadata = {};
    }
  }

  /** Records that something happened, and sends a webhook about it. */
  record(type: ResourceType, action: string, links: Links, resourceMetadata: Metadata, more: Details = {}): Event {
    const details = { ...eventDetails(type, action), ...more };
    const event = this.events.put({
      id: newId("EV"),
      created_at: this.now().toISOString(),
      resource_type: type,
      action,
      links,
      details,
      metadata: details.origin === "api" ? this.#actionMetadata : {},
      resource_metadata: resourceMetadata,
    });
    this.webhooks.announce(event);
    return event;
  }
}
