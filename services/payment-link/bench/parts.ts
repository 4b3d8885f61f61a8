import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { PaymentEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { openDatabase, runProjection } from "@touchline/projections";
import { createHealth, createLogger, createMetrics, systemRuntime } from "@touchline/service";
import Fastify from "fastify";
import type { Provider } from "../src/payment/money-provider.ts";
import { linkIndex } from "../src/projections/link-index.ts";
import { linksProjection } from "../src/projections/links.ts";
import { createPaymentLink } from "../src/service.ts";
import { tokenCreated } from "../test/token.ts";

/** The processes of the benchmark, by role; each says where it listens. */
const [, , role, providerUrl = "", dataDir = "", links = "0"] = process.argv;

const report = (message: object) => void process.send?.(message);

/** A GoCardless that answers as fast as it can. */
const provider = async () => {
  let hanging = false;
  let flows = 0;
  const server = createServer((request, response) => {
    if (hanging) return;
    request.resume();
    request.on("end", () => {
      const json = (status: number, body: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      const [, kind = "", id = ""] = (request.url ?? "").split("/");
      if (request.method === "POST") {
        const flow = { id: `BRF${flows++}`, authorisation_url: `http://127.0.0.1/flow?id=BRF${flows}` };
        return json(201, { billing_request_flows: flow });
      }
      return json(200, { [kind]: { id, status: "pending" } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.on("message", () => {
    hanging = true;
    server.closeAllConnections();
    report({});
  });
  report({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
};

const bare = async () => {
  const app = Fastify();
  app.get("/reg_setup/:id", (_request, reply) => reply.code(303).header("location", "https://pay.example/flow").send());
  report({ url: await app.listen({ port: 0, host: "127.0.0.1" }) });
};

type Filling = Extract<PaymentEvent, { type: "PaymentTokenCreated" | "PaymentLinkOpened" | "PaymentFulfilled" }>;

const EVENT = { metadata: {}, revision: 0n, created: new Date() };

/** All links are opened, and every second one is paid. */
const eventsOf = (n: number): Filling[] => {
  const billingRequestId = `BRQ${String(n).padStart(9, "0")}`;
  const at = "2026-11-22T10:00:00.000Z";
  const registrationId = `b1946ac9-2f60-4dd4-a6f4-${String(n).padStart(12, "0")}`;
  const token = tokenCreated({ billingRequestId, registrationId, createdAt: at });
  const opened: Filling = { type: "PaymentLinkOpened", data: { billingRequestId, openedAt: at } };
  if (n % 2) return [token, opened];
  const paid: Filling = {
    type: "PaymentFulfilled",
    data: {
      billingRequestId,
      requestId: billingRequestId,
      providerEventId: `EV${n}`,
      occurredAt: at,
      via: "webhook",
      action: "fulfilled",
      paymentId: `PM${n}`,
      mandateId: `MD${n}`,
    },
  };
  return [token, paid];
};

/** Fills the projection's file with links, as if their events had come. */
const fill = async () => {
  const count = Number(links);
  const db = openDatabase(join(dataDir, "links.sqlite"), linksProjection);
  const apply = linksProjection.prepare(db);
  const began = performance.now();
  let folded = 0;
  db.exec("BEGIN");
  for (let n = 0; n < count; n++) {
    for (const { type, data } of eventsOf(n)) {
      const stream = `payment-${data.billingRequestId}`;
      apply({ ...EVENT, id: "", stream, type, data, position: BigInt(folded++) } as StoredEvent);
    }
    if (n % 5_000 === 4_999) db.exec("COMMIT; BEGIN");
  }
  db.exec("COMMIT");
  db.close();
  report({ url: "", foldedPerSecond: Math.round((1_000 * folded) / (performance.now() - began)) });
};

async function* nothing() {}

/** Answers within the process, so only the service's own time is measured. */
const instantly: Provider = {
  readRequest: async (id) => ({ id, status: "open", feePence: 4_500, mandate: true }),
  createFlow: async ({ requestId }) => ({ id: `BRF${requestId}`, url: `http://127.0.0.1/flow?id=${requestId}` }),
  createRequest: () => Promise.reject(new Error("not here")),
  cancelRequest: async () => false,
  readPayment: async () => undefined,
  readMandate: async () => undefined,
  createSubscription: async () => ({ refused: "not here", reason: "" }),
  amendSubscription: async () => "over",
  cancelSubscription: async () => false,
  runningSubscriptions: async () => [],
  createRefund: async () => ({ refused: "not here", reason: "" }),
  readRefund: async () => undefined,
  payerOf: async () => undefined,
  removePayer: async () => {},
  payoutItems: async () => undefined,
  events: nothing,
  eventsAbout: nothing,
  payments: nothing,
  refunds: nothing,
  payouts: nothing,
  subscriptions: nothing,
  mandates: nothing,
  probe: async () => {},
};

const service = async () => {
  const count = Number(links);
  const path = join(dataDir, "links.sqlite");
  const store = memoryEventStore();
  const { signal } = new AbortController();
  const projection = runProjection({ store, projection: linksProjection, path, signal });
  let reuse = true;
  // The clock stops while flows are reused; afterwards every flow is too old.
  let ticks = 0;
  const now = () => new Date(Date.UTC(2026, 10, 22) + (reuse ? 0 : ticks++ * 1_000_000));
  const { app } = await createPaymentLink({
    config: {
      port: 0,
      host: "127.0.0.1",
      trustProxy: undefined,
      namedSender: false,
      paymentBaseUrl: "http://127.0.0.1",
      goCardless: {
        accessToken: "t",
        environment: "sandbox",
        baseUrl: providerUrl || undefined,
        webhookSecret: "s",
        fallback: false,
      },
      pageHosts: ["127.0.0.1"],
      plainHttpPages: true,
      eventStoreUrl: "",
      nats: { url: "" },
      dataDir,
      club: { name: "Tigers FC", contact: "treasurer@tigers.example" },
      season: {},
      flowReuseMs: 300_000,
      webhookPollMs: 60_000,
      reconcileHour: 4,
      recovery: { everyMs: 60_000, afterMs: 120_000 },
    },
    context: {
      name: "bench",
      log: createLogger("bench"),
      metrics: createMetrics("bench"),
      health: createHealth(),
      runtime: { ...systemRuntime(), now },
      signal,
      onClose: () => {},
    },
    store,
    projection,
    ...(providerUrl === "" && { provider: instantly }),
    limits: { perLink: 1e9, perAddress: 1e9, unknown: 1e9 },
  });
  const index = linkIndex(projection.db, projection.onCommit);
  process.on("message", (question) => {
    if (question === "no reuse") {
      reuse = false;
      return report({});
    }
    const looks = 20_000;
    const began = performance.now();
    // Far apart, so that none is in the cache of decoded links.
    for (let i = 0; i < looks; i++) index.link(`BRQ${String((i * 7_919) % count).padStart(9, "0")}`);
    const lookupMicros = (1_000 * (performance.now() - began)) / looks;
    return report({ lookupMicros, rssMiB: process.memoryUsage().rss / 2 ** 20 });
  });
  report({ url: await app.listen({ port: 0, host: "127.0.0.1" }) });
};

const roles: Record<string, () => Promise<void>> = { provider, bare, fill, service };
await roles[role ?? ""]?.();
