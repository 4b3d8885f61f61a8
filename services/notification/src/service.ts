import { patienceMs, withPatience } from "@touchline/event-store";
import type { connectMessaging, Messaging } from "@touchline/messaging";
import { observeProjections, type RunningProjection } from "@touchline/projections";
import { createHttpServer } from "@touchline/service";
import type { FastifyInstance } from "fastify";
import { createReportHandler } from "./dispatch/on-report.ts";
import { startDispatch } from "./dispatch/start.ts";
import { createTexts } from "./dispatch/texts.ts";
import { startEmailing } from "./emailing/start.ts";
import { startIntake, startRedacting, startReminding } from "./intake/start.ts";
import { createParts, type Opened, type Parts } from "./parts.ts";
import { twilioWords } from "./twilio/words.ts";
import { createInboundHandler } from "./webhooks/inbound.ts";
import { keepReadingMissed } from "./webhooks/missed.ts";
import { webhookRoutes } from "./webhooks/routes.ts";
import { createStatusHandler } from "./webhooks/status.ts";
import { createTextRepliedTo } from "./webhooks/text-replied-to.ts";

/** Everything that the service does, on connections that its caller opens. */
export const startNotification = async ({
  connect,
  ...opened
}: Opened & { readonly connect: typeof connectMessaging }): Promise<void> => {
  const { context, config, tracing } = opened;
  const { log, metrics, health, onClose } = context;
  const messaging = openMessaging(opened, connect);
  const app = createHttpServer({
    log,
    metrics,
    health,
    tracing,
    runtime: context.runtime,
    trustProxy: config.trustProxy,
    bodyLimit: 65_536,
  });
  onClose(() => app.close());

  const parts = createParts(opened);
  const { suppression, gate, runtime, telemetry } = parts;
  const onReport = createReportHandler({ suppression, gate, now: runtime.now, onReport: telemetry.report });
  const texts = startDispatch(parts, onReport);
  const others = [startReminding(parts), startEmailing(parts)].filter((projection) => projection !== undefined);
  observeProjections(context, [texts, ...others]);
  await serveWebhooks(parts, app, onReport, texts);
  startIntake(parts, await messaging);
  startRedacting(parts, await messaging);
};

/**
 * The caller awaits this only after starting everything that needs no messages: without NATS, callbacks are accepted and due
 * texts sent.
 */
const openMessaging = ({ context, config }: Opened, connect: typeof connectMessaging): Promise<Messaging> => {
  const { log, health, runtime, onClose } = context;
  const messaging = connect({
    ...config.nats,
    name: "notification",
    health,
    neededForTraffic: false,
    runtime,
    onWarning: (sentence) => log.warn(sentence),
    onStatus: (connected) => log.info({ connected }, connected ? "connected to NATS" : "lost the connection to NATS"),
  });
  let connection: Messaging | undefined;
  messaging.then(
    (opened) => {
      connection = opened;
    },
    () => {}, // Its other awaiter, startNotification, reports it.
  );
  onClose(() => connection?.close());
  return messaging;
};

const serveWebhooks = async (
  parts: Parts,
  app: FastifyInstance,
  onReport: ReturnType<typeof createReportHandler>,
  view: RunningProjection,
): Promise<void> => {
  const { context, config, runtime, gate, gateway, suppression, numbers, telemetry } = parts;
  const store = withPatience(parts.store, patienceMs.webhook);
  const texts = createTexts({ store, words: twilioWords, now: runtime.now });
  const inbound = createInboundHandler({
    suppression,
    texts,
    textRepliedTo: createTextRepliedTo({ numbers, view, runtime }),
    now: runtime.now,
    onInbound: telemetry.callback,
    onUnknown: telemetry.unknownReply,
  });
  await webhookRoutes(app, {
    authToken: config.twilio.authToken,
    publicUrl: config.publicUrl,
    onStatus: createStatusHandler({ texts, gate, runtime, onReport, onMatched: telemetry.callback }),
    onInbound: inbound.now,
    onForged: () => telemetry.callback("forged"),
  });
  await app.listen({ host: config.host, port: config.port });
  const { log, signal, onClose } = context;
  const reading = keepReadingMissed({ gateway, inbound, log, signal, runtime, everyMs: config.repliesPollMs });
  onClose(() => reading);
};
