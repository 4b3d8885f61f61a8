import { canonicalTarget, LINK_PREFIX } from "@touchline/contracts";
import { createHttpServer } from "@touchline/service";
import type { FastifyInstance } from "fastify";
import { answerBadUrl } from "./links/answers.ts";
import { createFees } from "./links/fees.ts";
import { createFlows } from "./links/flows.ts";
import { defaultLimits } from "./links/limits.ts";
import { createLookup } from "./links/lookup.ts";
import { pageHosts } from "./links/page-hosts.ts";
import { linkRoutes } from "./links/routes.ts";
import { createTaps } from "./links/tap.ts";
import { createPages } from "./pages/pages.ts";
import type { Parts, PaymentLinkOptions } from "./parts.ts";
import { webhookRoutes } from "./webhooks/routes.ts";

/** The HTTP edge: links and GoCardless's webhooks. */
export const createApp = async (options: PaymentLinkOptions, parts: Parts): Promise<FastifyInstance> => {
  const { config, context, store, tracing, limits = defaultLimits } = options;
  const { log, metrics, health, runtime } = context;
  const { forTaps, index, seasons, ingest, records, askAgainForTaps } = parts;
  const { paymentBaseUrl } = config;
  const flows = createFlows({
    provider: forTaps,
    hosts: pageHosts({ hosts: config.pageHosts, plainHttp: config.plainHttpPages }),
    reuseMs: config.flowReuseMs,
    returnTo: (id) => ({
      redirectUri: `${paymentBaseUrl}${LINK_PREFIX}${id}/thanks`,
      exitUri: `${paymentBaseUrl}${LINK_PREFIX}${id}/exit`,
    }),
    runtime,
  });
  const taps = createTaps({ flows, askAgain: askAgainForTaps, seasons, records, log, metrics, runtime });
  const pages = createPages(config.club, { plainHttp: config.plainHttpPages, offersStop: config.namedSender });
  const { trustProxy } = config;
  const app = createHttpServer({
    log,
    metrics,
    health,
    tracing,
    runtime,
    trustProxy,
    rewriteUrl: ({ url = "/" }) => canonicalTarget(url),
    onBadUrl: answerBadUrl(pages, runtime),
  });
  await app.register(webhookRoutes, { secret: config.goCardless.webhookSecret, ingest, log, metrics });
  await app.register(linkRoutes, {
    prefix: LINK_PREFIX,
    lookup: createLookup(store, index),
    taps,
    records,
    pages,
    fees: createFees(seasons),
    limits,
    log,
    metrics,
    runtime,
  });
  return app;
};
