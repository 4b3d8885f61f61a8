import { join } from "node:path";
import { eventSubject, streams } from "@touchline/contracts";
import { consume, type Messaging } from "@touchline/messaging";
import { type RunningProjection, runProjection } from "@touchline/projections";
import { isLimited, type Parts } from "../parts.ts";
import { remindersProjection } from "../projections/reminders.ts";
import { watchStoreClock } from "../watch-clock.ts";
import { createErasing } from "./erase.ts";
import { createIntake, createTextCatchUp } from "./handle.ts";
import { catchUpTexts } from "./overlooked.ts";
import { createRedacting, createRedaction } from "./redact.ts";
import { startReminders } from "./reminders.ts";
import { createWishes } from "./texts-wish.ts";

/** Events in flight at once: enough to keep a core busy, few enough that none waits long between its steps. */
const INTAKE_CONCURRENCY = 12;
/** One for each category that asks for texts. The texts' own events, by far the most, are left out. */
const intakes = [
  { durable: "notification-intake", filter: eventSubject("payment", ">") },
  { durable: "notification-changes", filter: eventSubject("registration", ">") },
] as const;

/** Turns events of registrations and payments into texts. */
export const startIntake = (parts: Parts, messaging: Messaging): void => {
  const { context, config, runtime, tracing, telemetry, facts, request } = parts;
  const { log, signal, onClose } = context;
  const { now } = runtime;
  const eraseTexts = createErasing({ ...parts, now });
  const onSeen = watchStoreClock(context.metrics, now);
  const options = {
    facts,
    request,
    eraseTexts,
    applyWish: createWishes(parts),
    confirmation: config.confirmation,
    mandateGone: config.mandateGone,
    now,
  };
  const handle = createIntake({ ...options, onSeen });
  const catchingUp = catchUpTexts(
    { text: createTextCatchUp(options), redact: createRedaction({ ...parts, evidenceMs: config.evidenceMs, now }) },
    parts,
  );
  onClose(() => catchingUp);
  for (const { durable, filter } of intakes) {
    const intake = consume(messaging, {
      stream: streams.events,
      durable,
      filter,
      concurrency: INTAKE_CONCURRENCY,
      // Limited texts wait in the order of their causes, whichever instance takes them in.
      inOrder: isLimited(config),
      signal,
      tracing,
      handle,
      onSettled: telemetry.settled,
      onBroken: (err) => log.warn({ err }, "the intake consumer failed; consuming again"),
    });
    onClose(() => intake);
  }
};

/**
 * Has Twilio forget the texts of erased registrations. A consumer of its own, so that a message still on its way delays nothing
 * else.
 */
export const startRedacting = (parts: Parts, messaging: Messaging): void => {
  const { context, config, runtime, tracing, telemetry } = parts;
  const { log, signal, onClose } = context;
  const redacting = consume(messaging, {
    stream: streams.events,
    durable: "notification-redaction",
    filter: eventSubject("sms", "SmsRedactionDue"),
    concurrency: 1,
    signal,
    tracing,
    handle: createRedacting({ ...parts, evidenceMs: config.evidenceMs, now: runtime.now }),
    onSettled: telemetry.settled,
    onBroken: (err) => log.warn({ err }, "the redaction consumer failed; consuming again"),
  });
  onClose(() => redacting);
};

/** Requests reminders when they are due. Undefined if none are configured. */
export const startReminding = (parts: Parts): RunningProjection | undefined => {
  const { context, config, runtime, store, request, telemetry } = parts;
  const { log, signal, onClose } = context;
  const { dataDir, reminderDays: days } = config;
  if (days.length === 0) return undefined;
  const projection = runProjection({
    store,
    projection: remindersProjection(days),
    path: join(dataDir, "reminders.sqlite"),
    signal,
    runtime,
    onBroken: (err) => log.warn({ err }, "the subscription to reminders was lost; resubscribing"),
    onStopped: (status) => log.error({ status }, "reminders have stopped, because their view has; status says why"),
  });
  onClose(() => projection.done);
  void projection.ready.then(() => {
    if (signal.aborted) return;
    const reminders = startReminders({ db: projection.db, days, request, runtime, signal, onFault: telemetry.fault });
    projection.onCommit(reminders.changed);
    onClose(() => reminders.idle());
  });
  return projection;
};
