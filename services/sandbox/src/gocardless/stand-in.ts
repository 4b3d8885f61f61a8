import { controlRoutes } from "../stand-in/control.ts";
import { createServer, listen } from "../stand-in/http-server.ts";
import type { DeliveryAttempt } from "../stand-in/post.ts";
import type { LoggedRequest } from "../stand-in/request-log.ts";
import { Account } from "./account.ts";
import { type Books, booksOf, booksRoutes } from "./books.ts";
import { goCardlessSwitches } from "./control.ts";
import { type Hands, hands, resume } from "./gocardless.ts";
import type { Customer, Payout, Refund } from "./money-resources.ts";
import type { GoCardlessOptions } from "./options.ts";
import { pageRoutes } from "./page-routes.ts";
import type { BillingRequest, Event, Flow, Mandate, Payment, Subscription } from "./resources.ts";
import { goCardlessRoutes, pathNotFound } from "./routes.ts";

export type GoCardlessStandIn = Hands & {
  readonly url: string;
  readonly port: number;
  readonly faults: Account["faults"];
  readonly billingRequests: readonly BillingRequest[];
  readonly flows: readonly Flow[];
  readonly payments: readonly Payment[];
  readonly mandates: readonly Mandate[];
  readonly subscriptions: readonly Subscription[];
  readonly refunds: readonly Refund[];
  readonly payouts: readonly Payout[];
  readonly customers: readonly Customer[];
  /** What it has for each registration, and what it paid out. */
  readonly books: Books;
  readonly events: readonly Event[];
  readonly requests: readonly LoggedRequest[];
  /** Every attempt at a webhook. */
  readonly webhooks: readonly DeliveryAttempt[];
  /** Resolves when nothing moves by itself and every webhook was delivered or given up. */
  settled(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a separate GoCardless stand-in on loopback, with timings for tests. */
export const startGoCardlessStandIn = async (
  options: GoCardlessOptions & { readonly port?: number },
): Promise<GoCardlessStandIn> => {
  const account = new Account(options);
  const app = createServer();
  await app.register(goCardlessRoutes(account));
  await app.register(pageRoutes(account));
  await app.register(controlRoutes([goCardlessSwitches(account)]));
  await app.register(booksRoutes(account));
  app.setNotFoundHandler(async (request, reply) => reply.code(404).send(pathNotFound(request.id).body));
  const { url, port } = await listen(app, options.port);
  resume(account);
  return {
    ...hands(account),
    url,
    port,
    faults: account.faults,
    get billingRequests() {
      return account.billingRequests.all();
    },
    get flows() {
      return account.flows.all();
    },
    get payments() {
      return account.payments.all();
    },
    get mandates() {
      return account.mandates.all();
    },
    get subscriptions() {
      return account.subscriptions.all();
    },
    get refunds() {
      return account.refunds.all();
    },
    get payouts() {
      return account.payouts.all();
    },
    get customers() {
      return account.customers.all();
    },
    get books() {
      return booksOf(account);
    },
    get events() {
      return account.events.all();
    },
    get requests() {
      return account.log.entries;
    },
    get webhooks() {
      return account.webhooks.attempts;
    },
    settled: () => account.scheduler.settled(),
    stop: async () => {
      account.scheduler.stop();
      await app.close();
    },
  };
};
