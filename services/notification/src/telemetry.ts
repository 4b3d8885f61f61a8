import { type MailOutcome, mailOutcomes } from "@touchline/mail";
import { type Delivery, traceOfDelivery } from "@touchline/messaging";
import { type Logger, logFields, type Metrics } from "@touchline/service";
import type { HoldReason } from "./dispatch/gate.ts";
import type { SmsGateway } from "./dispatch/sms-gateway.ts";
import type { ClaimedText, TraceContext } from "./dispatch/text-sender.ts";
import type { Email } from "./email/state.ts";
import type { SendOutcome } from "./sms/decide.ts";
import type { Report } from "./sms/report.ts";
import { isFailure } from "./sms/stages.ts";
import type { Text } from "./sms/state.ts";

/** If a text has more segments than this, an operator should check the template. */
const SEGMENTS_EXPECTED = 2;

/** What operators see of the service. Nothing here names a person or a number. */
export const createTelemetry = (metrics: Metrics, log: Logger) => ({
  ...requestTelemetry(metrics),
  ...attemptTelemetry(metrics, log),
  ...reportTelemetry(metrics, log),
  ...intakeTelemetry(metrics, log),
  ...holdTelemetry(metrics, log),
  ...emailTelemetry(metrics, log),
  timing: timing(metrics),
  fault: (error: unknown, { correlationId, traceparent }: TraceContext = {}) =>
    log.warn({ ...logFields(correlationId, traceparent), err: error }, "a step failed and will be tried again"),
});

export type Telemetry = ReturnType<typeof createTelemetry>;

const requestTelemetry = (metrics: Metrics) => {
  const requested = metrics.counter("touchline_sms_requested_total", "Texts requested.", ["purpose", "encoding"]);
  const long = metrics.counter("touchline_sms_long_total", "Texts of more than two segments.", ["purpose"]);
  return {
    requested: ({ purpose, encoding, segments }: { purpose: string; encoding: string; segments: number }) => {
      requested.inc({ purpose, encoding });
      if (segments > SEGMENTS_EXPECTED) long.inc({ purpose });
    },
  };
};

const attemptTelemetry = (metrics: Metrics, log: Logger) => {
  const outcomes = metrics.counter("touchline_sms_attempts_total", "Attempts by outcome.", ["outcome", "code"]);
  const took = metrics.histogram("touchline_sms_twilio_seconds", "How long Twilio took to answer an attempt.", [
    "outcome",
  ]);
  return {
    outcome: ({ state: text, traceparent }: ClaimedText, outcome: SendOutcome, tookMs: number) => {
      const code = outcome.kind === "refused" ? outcome.failure.code : "";
      outcomes.inc({ outcome: outcome.kind, code });
      took.observe({ outcome: outcome.kind }, tookMs / 1_000);
      const accepted = outcome.kind === "accepted";
      // The usual outcome, which most logs leave out.
      if (accepted && !log.isLevelEnabled("debug")) return;
      const attempt = {
        smsId: text.smsId,
        attempt: text.attempts.length,
        outcome: outcome.kind,
        ...(code && { code }),
      };
      log[accepted ? "debug" : "warn"](
        { ...logFields(text.registrationId, traceparent), ...attempt },
        "attempted a text",
      );
    },
    stillUnknown: ({ smsId, registrationId }: Text, openForMs: number, traceparent?: string) =>
      log.error(
        { ...logFields(registrationId, traceparent), smsId, openForMs },
        "Twilio's list does not show whether Twilio accepted this text; look for it in Twilio's console",
      ),
  };
};

const reportTelemetry = (metrics: Metrics, log: Logger) => {
  const reports = metrics.counter("touchline_sms_reports_total", "Status reports about texts.", ["status", "code"]);
  const parked = metrics.counter("touchline_sms_parked_total", "Reports with a status that we do not know.");
  const callbacks = metrics.counter("touchline_sms_callbacks_total", "Callbacks from Twilio, by kind.", ["what"]);
  const unknownReplies = metrics.counter(
    "touchline_replies_unknown_total",
    "Texts from numbers that we never texted. They are not kept.",
  );
  const duplicates = metrics.counter(
    "touchline_sms_duplicates_total",
    "Texts for which Twilio accepted more than one message.",
  );
  return {
    report: (text: Text, { status, stage, failure }: Report, traceparent?: string) => {
      // Words from outside are not used as labels: too many different ones would fill the registry.
      reports.inc({ status: stage === undefined ? "other" : status, code: failure?.code ?? "" });
      if (stage === undefined) {
        parked.inc();
        const about = { ...logFields(text.registrationId, traceparent), smsId: text.smsId };
        log.warn(about, "Twilio reported a status that we do not know; it was stored");
      }
      if (Object.values(text.messages).filter((message) => !isFailure(message.stage)).length > 1) duplicates.inc();
    },
    unknownReply: () => unknownReplies.inc(),
    callback: (what: "status" | "unmatched" | "forged" | "stop" | "start" | "reply" | "other") =>
      callbacks.inc({ what }),
  };
};

const intakeTelemetry = (metrics: Metrics, log: Logger) => {
  const intake = metrics.counter("touchline_sms_intake_total", "Events handled, by settlement.", ["settlement"]);
  return {
    settled: (settlement: string, delivery: Delivery, error?: unknown) => {
      intake.inc({ settlement });
      if (!error) return;
      const { correlationId, traceparent } = traceOfDelivery(delivery);
      log.warn({ ...logFields(correlationId, traceparent), err: error, settlement }, "a message could not be handled");
    },
  };
};

const holdTelemetry = (metrics: Metrics, log: Logger) => {
  const holds = metrics.counter("touchline_sms_holds_total", "How often sending was held back.", ["reason"]);
  return {
    held: (reason: HoldReason, forMs: number) => {
      holds.inc({ reason });
      const words = "texts are held back; one is tried after forMs";
      if (reason === "configuration") log.error({ reason, forMs }, words);
      else log.warn({ reason, forMs }, words);
    },
    opened: () => log.info("sending of texts has resumed"),
  };
};

const emailTelemetry = (metrics: Metrics, log: Logger) => {
  const requested = metrics.counter("touchline_emails_requested_total", "E-mails to parents whom no text reaches.", [
    "reason",
  ]);
  const outcomes = metrics.counter("touchline_emails_total", "Attempts at e-mails to parents, by outcome.", [
    "outcome",
  ]);
  // Starts at zero, since no data would look like no e-mail server.
  for (const outcome of mailOutcomes) outcomes.inc({ outcome }, 0);
  return {
    emailRequested: (reason: string) => requested.inc({ reason }),
    emailOutcome: ({ emailId, registrationId, attempts }: Email, outcome: MailOutcome, traceparent?: string) => {
      outcomes.inc({ outcome: outcome.kind });
      const code = outcome.kind === "sent" ? {} : { code: outcome.code };
      const attempt = { emailId, attempt: attempts, outcome: outcome.kind, ...code };
      log[outcome.kind === "sent" ? "info" : "warn"](
        { ...logFields(registrationId, traceparent), ...attempt },
        "attempted an e-mail",
      );
    },
  };
};

/** Times the gateway's look-ups. Attempts are timed with their outcome. */
const timing = (metrics: Metrics) => {
  const lookups = metrics.histogram(
    "touchline_sms_lookup_seconds",
    "How long Twilio took to answer a look-up, by operation and outcome.",
    ["operation", "outcome"],
  );
  const timed = async <T>(operation: string, answer: Promise<T>): Promise<T> => {
    const stop = lookups.startTimer({ operation });
    try {
      const found = await answer;
      stop({ outcome: "ok" });
      return found;
    } catch (error) {
      stop({ outcome: "failed" });
      throw error;
    }
  };
  return (gateway: SmsGateway): SmsGateway => ({
    ...gateway,
    list: (...args) => timed("list", gateway.list(...args)),
    received: (...args) => timed("received", gateway.received(...args)),
    fetch: (...args) => timed("fetch", gateway.fetch(...args)),
    redact: (...args) => timed("redact", gateway.redact(...args)),
  });
};
