import { join } from "node:path";
import { createMailer, type MailSettings } from "@touchline/mail";
import { type RunningProjection, runProjection } from "@touchline/projections";
import type { Parts } from "../parts.ts";
import { emailsProjection } from "../projections/emails.ts";
import { createEmailChores } from "./chores.ts";
import { startEmailWorker } from "./worker.ts";

/** How long stopping waits for an e-mail that is being sent; after that its outcome is unknown. */
const LEAVE_OPEN_MS = 4_000;

/** E-mails parents whom no text reaches. Undefined if the club sends no e-mail. */
export const startEmailing = (parts: Parts): RunningProjection | undefined =>
  parts.config.mail && startWith(parts, parts.config.mail);

const startWith = (parts: Parts, settings: MailSettings): RunningProjection => {
  const { context, config, runtime, store, texts, facts, telemetry, lostSince } = parts;
  const { log, signal, onClose } = context;
  const projection = runProjection({
    store,
    projection: emailsProjection,
    path: join(config.dataDir, "emails.sqlite"),
    signal,
    runtime,
    onBroken: (err) => log.warn({ err }, "the subscription to e-mails was lost; resubscribing"),
    onStopped: (status) => log.error({ status }, "e-mails have stopped, because their view has; status says why"),
  });
  onClose(() => projection.done);
  const chores = createEmailChores({
    store,
    texts,
    facts,
    mailer: createMailer(settings, runtime),
    lostSince,
    clubName: config.templates.clubName,
    runtime,
    onRequested: telemetry.emailRequested,
    onOutcome: telemetry.emailOutcome,
  });
  void projection.ready.then(() => {
    if (signal.aborted) return;
    const worker = startEmailWorker({ db: projection.db, chores, runtime, signal, onFault: telemetry.fault });
    projection.onCommit(worker.changed);
    onClose(() => Promise.race([worker.idle(), runtime.sleep(LEAVE_OPEN_MS)]));
  });
  return projection;
};
