import { type Delivery, traceOfDelivery } from "@touchline/messaging";
import { aboutStory, type Logger, type Metrics } from "@touchline/service";
import type { HoldReason } from "./dispatch/gate.ts";
import type { Gateway } from "./dispatch/gateway.ts";
import type { About, Claimed } from "./dispatch/sender.ts";
import type { Outcome } from "./sms/decide.ts";
import type { Report } from "./sms/report.ts";
import type { Text } from "./sms/state.ts";
import { isFailure, PARKED, rankOf } from "./sms/status.ts";

/** More segments than this in one text are worth an operator's look at the template. */
const SEGMENTS_EXPECTED = 2;

/** What operators see of the service. Nothing here names a person or a number. */
export const createTelemetry = (metrics: Metrics, log: Logger) => {
  const requested = metrics.counter("touchline_sms_requested_total", "Texts requested.", ["purpose", "encoding"]);
  const long = metrics.counter("touchline_sms_long_total", "Texts of more than two segments.", ["purpose"]);
  const outcomes = metrics.counter("touchline_sms_attempts_total", "Attempts by what came of them.", [
    "outcome",
    "code",
  ]);
  const took = metrics.histogram("touchline_sms_twilio_seconds", "How long Twilio took to answer an attempt.", [
    "outcome",
  ]);
  const lookups = metrics.histogram(
    "touchline_sms_lookup_seconds",
    "How long Twilio took to say what it has, by what was asked and how that ended.",
    ["operation", "outcome"],
  );
  const timed = async <T>(operation: string, answer: Promise<T>): Promise<T> => {
    const stop = lookups.startTimer({ operation });
    return answer.then(
      (found) => {
        stop({ outcome: "ok" });
        return found;
      },
      (error) => {
        stop({ outcome: "failed" });
        throw error;
      },
    );
  };
  const reports = metrics.counter("touchline_sms_reports_total", "Reports of a text's status.", ["status", "code"]);
  const parked = metrics.counter("touchline_sms_parked_total", "Reports with a status that we do not know.");
  const callbacks = metrics.counter("touchline_sms_callbacks_total", "Callbacks of Twilio by what they were.", [
    "what",
  ]);
  const intake = metrics.counter("touchline_sms_intake_total", "Events taken in, by settlement.", ["settlement"]);
  const holds = metrics.counter("touchline_sms_holds_total", "Times that sending was held back.", ["reason"]);
  const duplicates = metrics.counter(
    "touchline_sms_duplicates_total",
    "Texts of which Twilio turned out to have taken more than one message.",
  );

  return {
    requested: ({ purpose, encoding, segments }: { purpose: string; encoding: string; segments: number }) => {
      requested.inc({ purpose, encoding });
      if (segments > SEGMENTS_EXPECTED) long.inc({ purpose });
    },
    outcome: ({ state: text, traceparent }: Claimed, outcome: Outcome, tookMs: number) => {
      const code = outcome.kind === "refused" ? outcome.failure.code : "";
      outcomes.inc({ outcome: outcome.kind, code });
      took.observe({ outcome: outcome.kind }, tookMs / 1_000);
      const accepted = outcome.kind === "accepted";
      // Most outcomes are this one, and most logs leave it out.
      if (accepted && !log.isLevelEnabled("debug")) return;
      const attempt = {
        smsId: text.smsId,
        attempt: text.attempts.length,
        outcome: outcome.kind,
        ...(code && { code }),
      };
      log[accepted ? "debug" : "warn"]({ ...aboutStory(text.registrationId, traceparent), ...attempt }, "attempt");
    },
    /** The gateway, with its look-ups timed; attempts are told by `outcome`. */
    timing: (gateway: Gateway): Gateway => ({
      ...gateway,
      list: (...args) => timed("list", gateway.list(...args)),
      fetch: (...args) => timed("fetch", gateway.fetch(...args)),
    }),
    report: (text: Text, { status, errorCode }: Report, traceparent?: string) => {
      const isParked = rankOf(status) === PARKED;
      // A word from outside is no label: who sends many of them would fill the registry.
      reports.inc({ status: isParked ? "other" : status, code: errorCode ? String(errorCode) : "" });
      if (isParked) {
        parked.inc();
        log.warn(
          { ...aboutStory(text.registrationId, traceparent), smsId: text.smsId },
          "a status that we do not know is kept",
        );
      }
      if (Object.values(text.messages).filter(({ rank }) => !isFailure(rank)).length > 1) duplicates.inc();
    },
    callback: (what: "status" | "unmatched" | "forged" | "stop" | "start" | "other") => callbacks.inc({ what }),
    settled: (settlement: string, delivery: Delivery, error?: unknown) => {
      intake.inc({ settlement });
      if (!error) return;
      const { correlationId, traceparent } = traceOfDelivery(delivery);
      log.warn({ ...aboutStory(correlationId, traceparent), err: error, settlement }, "intake");
    },
    held: (reason: HoldReason, forMs: number) => {
      holds.inc({ reason });
      const words = "texts are kept back; one is tried when the time is over";
      if (reason === "configuration") log.error({ reason, forMs }, words);
      else log.warn({ reason, forMs }, words);
    },
    stillUnknown: ({ smsId, registrationId }: Text, openForMs: number, traceparent?: string) =>
      log.error(
        { ...aboutStory(registrationId, traceparent), smsId, openForMs },
        "Twilio's list cannot tell whether it has a text; look at it in Twilio's console",
      ),
    opened: () => log.info("texts go again"),
    fault: (error: unknown, { correlationId, traceparent }: About = {}) =>
      log.warn({ ...aboutStory(correlationId, traceparent), err: error }, "a step failed and is tried again"),
  };
};

export type Telemetry = ReturnType<typeof createTelemetry>;
