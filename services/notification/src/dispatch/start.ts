import { join } from "node:path";
import { type RunningProjection, runProjection } from "@touchline/projections";
import { textNewNumber } from "../intake/handle.ts";
import { isLimited, type Parts } from "../parts.ts";
import { timingOf } from "../projections/index.ts";
import { textsProjection } from "../projections/texts.ts";
import { attemptIdOf } from "../sms/attempt-id.ts";
import type { Text } from "../sms/state.ts";
import { twilioWords } from "../twilio/words.ts";
import { watchTexts } from "../watch-texts.ts";
import { announceOldTexts } from "./backfill.ts";
import { createChores } from "./chores.ts";
import { createLimits, type Limits } from "./limits.ts";
import { createLine } from "./line.ts";
import type { createReportHandler } from "./on-report.ts";
import { reviveHeldBack } from "./opt-ins.ts";
import { createWorker } from "./worker.ts";

/** How long stopping waits for what is in flight; evidence settles the rest. */
const LEAVE_OPEN_MS = 4_000;
const BACKFILL_EVERY_MS = 60_000;
const OPT_INS_EVERY_MS = 20_000;

/** Follows the texts and does what is due. */
export const startDispatch = (parts: Parts, onReport: ReturnType<typeof createReportHandler>): RunningProjection => {
  const { context, config, runtime, sender, telemetry } = parts;
  const { signal, onClose } = context;
  const projection = followTexts(parts);
  const timing = timingOf(config);
  const worker = createWorker({
    db: projection.db,
    chores: createChores({
      ...parts,
      timing,
      onSuperseded: (text, traceparent) => textNextNumber(parts, text, traceparent),
      onReport,
      onStillUnknown: telemetry.stillUnknown,
    }),
    sender,
    limits: openLimits(parts, projection),
    timing,
    runtime,
    signal,
    onFault: telemetry.fault,
  });
  void projection.ready.then(() => {
    if (signal.aborted) return;
    projection.onCommit(worker.changed);
    worker.start();
    startBackfill(parts, projection);
    startReviving(parts, projection);
  });
  onClose(() => Promise.race([sender.idle(), runtime.sleep(LEAVE_OPEN_MS)]));
  onClose(() => Promise.race([worker.idle(), runtime.sleep(LEAVE_OPEN_MS)]));
  return projection;
};

const followTexts = ({ context, config, runtime, store, gate }: Parts): RunningProjection => {
  const { log, metrics, signal, onClose } = context;
  const projection = runProjection({
    store,
    projection: textsProjection(timingOf(config), twilioWords),
    path: join(config.dataDir, "texts.sqlite"),
    signal,
    runtime,
    onBroken: (err) => log.warn({ err }, "the subscription to texts was lost; resubscribing"),
    onStopped: (status) => log.error({ status }, "texts have stopped, because their view has; status says why"),
  });
  onClose(() => projection.done);
  watchTexts(metrics, { db: projection.db, gate, now: runtime.now, signal });
  return projection;
};

const openLimits = ({ context, config, runtime, store }: Parts, projection: RunningProjection): Limits | undefined => {
  if (!isLimited(config)) return undefined;
  const { maxPerSecond, dailyLimit } = config;
  const line = createLine(store, runtime.uuid(), runtime.now);
  context.onClose(() => line.release());
  return createLimits({ maxPerSecond, dailyLimit, line, projection, runtime });
};

/** Repeats, because during an update an instance of the previous version may still be running. */
const startBackfill = ({ context, texts, runtime, telemetry }: Parts, { db }: RunningProjection): void => {
  const { log, signal, onClose } = context;
  const backfill = async (): Promise<void> => {
    while (!signal.aborted) {
      const announced = await announceOldTexts({ db, texts, runtime, signal, onFault: telemetry.fault }).catch(
        telemetry.fault,
      );
      if (announced) log.info({ announced }, "announced the status of older texts");
      await runtime.sleep(BACKFILL_EVERY_MS, signal, { guard: true });
    }
  };
  const running = backfill().catch((err: unknown) =>
    log.error({ err }, "the status of older texts could not be announced"),
  );
  onClose(() => running);
};

/** Sends the links that an opt-out held back, once their parents want texts again. */
const startReviving = (parts: Parts, { db }: RunningProjection): void => {
  const { context, runtime, telemetry } = parts;
  const { log, signal, onClose } = context;
  const options = { ...parts, db, words: twilioWords, now: runtime.now, signal };
  const revive = async (): Promise<void> => {
    while (!signal.aborted) {
      const revived = await reviveHeldBack(options).catch(telemetry.fault);
      if (revived) log.info({ revived }, "sending links that an opt-out had held back");
      await runtime.sleep(OPT_INS_EVERY_MS, signal, { guard: true });
    }
  };
  const running = revive();
  onClose(() => running);
};

/** The parent has another number now. */
const textNextNumber = ({ facts, request }: Parts, text: Text, traceparent?: string): Promise<void> =>
  textNewNumber(facts, request, text, { id: attemptIdOf(text.smsId, text.attempts.length + 1), traceparent });
