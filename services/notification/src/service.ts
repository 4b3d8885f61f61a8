import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventSubject, streams } from "@touchline/contracts";
import { type EventStore, streamsWith } from "@touchline/event-store";
import { consume, type Messaging } from "@touchline/messaging";
import { observeProjections, type RunningProjection, runProjection } from "@touchline/projections";
import type { ServiceContext, Tracing } from "@touchline/service";
import type { FastifyInstance } from "fastify";
import type { NotificationConfig } from "./config.ts";
import { createLimits } from "./dispatch/allowance.ts";
import { createChores } from "./dispatch/chores.ts";
import { createFacts } from "./dispatch/facts.ts";
import { createGate } from "./dispatch/gate.ts";
import { createLine } from "./dispatch/line.ts";
import { createReportHandler } from "./dispatch/on-report.ts";
import { createSender } from "./dispatch/sender.ts";
import { SERVICE } from "./dispatch/transact-text.ts";
import { twilioGateway } from "./dispatch/twilio-gateway.ts";
import { createWorker } from "./dispatch/worker.ts";
import { createErasing } from "./intake/erase.ts";
import { createIntake, textNewNumber } from "./intake/handle.ts";
import { type ReminderOptions, startReminders } from "./intake/reminders.ts";
import { createRequester } from "./intake/request.ts";
import { timingOf } from "./projections/index.ts";
import { remindersProjection } from "./projections/reminders.ts";
import { textsProjection } from "./projections/texts.ts";
import { attemptIdOf } from "./sms/id.ts";
import { linkChanges } from "./sms/stories.ts";
import { suppressionList } from "./suppression/list.ts";
import { createTelemetry } from "./telemetry.ts";
import { watchTexts } from "./watch-texts.ts";
import { createInboundHandler } from "./webhooks/inbound.ts";
import { webhookRoutes } from "./webhooks/routes.ts";
import { createStatusHandler } from "./webhooks/status.ts";

export interface Connections {
  readonly store: EventStore;
  /** Awaited once everything that needs no messages runs. */
  readonly messaging: Promise<Messaging>;
  readonly tracing?: Tracing | undefined;
}

/** Attempts under way at once. Twilio answers in about 100 ms, so this is far more than it takes from one account. */
const MAX_IN_FLIGHT = 64;
/** At the end, for what is under way; evidence closes what is left. */
const LEAVE_OPEN_MS = 4_000;
/** Events in hand at once: enough to keep a core busy, few enough that none of them waits long between its steps. */
const INTAKE_CONCURRENCY = 12;
/** One for each category that asks for texts: the events of the texts themselves, most of all there are, are not carried here. */
const intakes = [
  { durable: "notification-intake", filter: eventSubject("payment", ">") },
  { durable: "notification-changes", filter: eventSubject("registration", ">") },
] as const;

/** Everything that the service does, on connections that its caller opens. */
export const startNotification = async (
  context: ServiceContext,
  config: NotificationConfig,
  app: FastifyInstance,
  { store, messaging, tracing }: Connections,
): Promise<void> => {
  const { log, metrics, signal, onClose } = context;
  const telemetry = createTelemetry(metrics, log);
  const { publicUrl, evidenceMs, templates, nameEncoding, pricePerSegmentPence } = config;
  const now = () => new Date();
  const monotonicMs = () => performance.now();
  const random = Math.random;

  const limited = config.maxPerSecond > 0 || config.dailyLimit > 0;
  const suppression = suppressionList(store, SERVICE);
  const following = suppression.follow(signal, (err) =>
    log.warn({ err }, "the list of opt-outs broke; following again"),
  );
  onClose(() => following);
  const changedLinks = streamsWith(store, linkChanges);
  const followingLinks = changedLinks.follow(signal, (err) =>
    log.warn({ err }, "the list of changed links broke; following again"),
  );
  onClose(() => followingLinks);
  const facts = createFacts({ store, suppression, changedLinks, now, reminders: config.reminderDays.length });
  const gateway = telemetry.timing(
    twilioGateway({
      ...config.twilio,
      statusCallbackUrl: `${publicUrl}/webhooks/twilio/status`,
      maxSockets: MAX_IN_FLIGHT,
      tracing,
    }),
  );
  const gate = createGate({ monotonicMs, onHold: telemetry.held, onOpen: telemetry.opened });
  const sender = createSender({
    store,
    gateway,
    gate,
    suppression,
    now,
    monotonicMs,
    random,
    evidenceMs,
    maxInFlight: MAX_IN_FLIGHT,
    onOutcome: telemetry.outcome,
    onFault: telemetry.fault,
  });
  const request = createRequester({
    store,
    facts,
    sender,
    now,
    wording: { templates, publicUrl, nameEncoding, pricePerSegmentPence },
    lineUp: limited,
    onRequested: telemetry.requested,
  });

  const timing = timingOf(config);
  const projection = runProjection({
    store,
    projection: textsProjection(timing),
    path: join(config.dataDir, "texts.sqlite"),
    signal,
    onBroken: (err) => log.warn({ err }, "the subscription broke; following again"),
    onStopped: (status) => log.error({ status }, "the projection stands still before an event that it cannot fold"),
  });
  onClose(() => projection.done);
  watchTexts(metrics, { db: projection.db, gate, now, signal });

  const onReport = createReportHandler({ suppression, gate, now, onReport: telemetry.report });
  const onSuperseded = (text: Parameters<typeof textNewNumber>[2], traceparent?: string) =>
    textNewNumber(facts, request, text, { id: attemptIdOf(text.smsId, text.attempts.length + 1), traceparent });
  const chores = createChores({
    store,
    facts,
    gateway,
    now,
    random,
    timing,
    onSuperseded,
    onReport,
    onStillUnknown: telemetry.stillUnknown,
  });
  const line = createLine(store, randomUUID(), now);
  onClose(() => line.release());
  const { maxPerSecond, dailyLimit } = config;
  const limits = limited ? createLimits({ maxPerSecond, dailyLimit, line, projection, now, monotonicMs }) : undefined;
  const worker = createWorker({
    db: projection.db,
    chores,
    sender,
    limits,
    timing,
    now,
    signal,
    onFault: telemetry.fault,
  });

  const how = { request, now, onFault: telemetry.fault };
  const reminding = config.reminderDays.length > 0 ? [remind(context, config, store, how)] : [];
  observeProjections(context, [projection, ...reminding]);

  await webhookRoutes(app, {
    authToken: config.twilio.authToken,
    publicUrl,
    onStatus: createStatusHandler({ store, now, random, onReport, onMatched: telemetry.callback }),
    onInbound: createInboundHandler({ suppression, now, onInbound: telemetry.callback }),
    onForged: () => telemetry.callback("forged"),
  });
  await app.listen({ host: config.host, port: config.port });

  void projection.ready.then(() => {
    projection.onCommit(worker.lookSoon);
    worker.start();
  });
  onClose(() => Promise.race([sender.idle(), sleep(LEAVE_OPEN_MS)]));
  onClose(() => Promise.race([worker.idle(), sleep(LEAVE_OPEN_MS)]));

  const connection = await messaging;
  const eraseTexts = createErasing({ store, facts, now });
  const handle = createIntake({ facts, request, eraseTexts, confirmation: config.confirmation, now });
  for (const { durable, filter } of intakes) {
    const intake = consume(connection, {
      stream: streams.events,
      durable,
      filter,
      concurrency: INTAKE_CONCURRENCY,
      // Texts that stand in line do so in the order of what asked for them, whichever instance takes them in.
      inOrder: limited,
      signal,
      tracing,
      handle,
      onSettled: telemetry.settled,
      onBroken: (err) => log.warn({ err }, "intake broke; starting over"),
    });
    onClose(() => intake);
  }
};

const remind = (
  { log, signal, onClose }: ServiceContext,
  { dataDir, reminderDays }: NotificationConfig,
  store: EventStore,
  how: Pick<ReminderOptions, "request" | "now" | "onFault">,
): RunningProjection => {
  const projection = runProjection({
    store,
    projection: remindersProjection(reminderDays),
    path: join(dataDir, "reminders.sqlite"),
    signal,
    onBroken: (err) => log.warn({ err }, "the subscription of reminders broke; following again"),
    onStopped: (status) => log.error({ status }, "reminders stand still before an event that cannot be folded"),
  });
  onClose(() => projection.done);
  void projection.ready.then(() => {
    if (signal.aborted) return;
    const reminders = startReminders({ db: projection.db, days: reminderDays, signal, ...how });
    onClose(() => reminders.idle());
  });
  return projection;
};
