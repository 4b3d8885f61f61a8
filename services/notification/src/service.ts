import { patienceMs, withPatience } from "@touchline/event-store";
import type { Messaging } from "@touchline/messaging";
import { observeProjections } from "@touchline/projections";
import type { FastifyInstance } from "fastify";
import { createReportHandler } from "./dispatch/on-report.ts";
import { startDispatch } from "./dispatch/start.ts";
import { createTexts } from "./dispatch/texts.ts";
import { startIntake, startReminding } from "./intake/start.ts";
import { createParts, type Opened, type Parts } from "./parts.ts";
import { twilioWords } from "./twilio/words.ts";
import { createInboundHandler } from "./webhooks/inbound.ts";
import { webhookRoutes } from "./webhooks/routes.ts";
import { createStatusHandler } from "./webhooks/status.ts";

/**
 * Everything that the service does, on connections that its caller opens.
 *
 * @param messaging awaited once everything that needs no messages runs
 */
export const startNotification = async (
  opened: Opened,
  app: FastifyInstance,
  messaging: Promise<Messaging>,
): Promise<void> => {
  const parts = createParts(opened);
  const { suppression, gate, runtime, telemetry } = parts;
  const onReport = createReportHandler({ suppression, gate, now: runtime.now, onReport: telemetry.report });
  const texts = startDispatch(parts, onReport);
  const reminders = startReminding(parts);
  observeProjections(opened.context, reminders ? [texts, reminders] : [texts]);
  await serveWebhooks(parts, app, onReport);
  startIntake(parts, await messaging);
};

const serveWebhooks = async (
  parts: Parts,
  app: FastifyInstance,
  onReport: ReturnType<typeof createReportHandler>,
): Promise<void> => {
  const { config, runtime, suppression, telemetry } = parts;
  const store = withPatience(parts.store, patienceMs.webhook);
  const texts = createTexts({ store, words: twilioWords, now: runtime.now });
  await webhookRoutes(app, {
    authToken: config.twilio.authToken,
    publicUrl: config.publicUrl,
    onStatus: createStatusHandler({ texts, runtime, onReport, onMatched: telemetry.callback }),
    onInbound: createInboundHandler({ suppression, now: runtime.now, onInbound: telemetry.callback }),
    onForged: () => telemetry.callback("forged"),
  });
  await app.listen({ host: config.host, port: config.port });
};
