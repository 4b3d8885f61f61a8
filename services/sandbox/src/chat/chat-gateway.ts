import { type ServiceError, status } from "@grpc/grpc-js";
import { detailsOf, type Registration } from "@touchline/contracts";
import { connectRegistrationClient } from "@touchline/contracts/client";
import type { Runtime } from "@touchline/service";
import type { Progress } from "./progress.ts";
import type { NewRegistration } from "./sample.ts";

type FieldViolation = { readonly field: string; readonly message: string };

/** The outcome of a call: done, refused with reasons, or no answer. */
export type CallOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly message: string; readonly fields: readonly FieldViolation[] }
  | { readonly kind: "unreachable"; readonly message: string };

/** The chat's connection to Touchline. */
export type ChatGateway = {
  complete(registration: NewRegistration): Promise<CallOutcome>;
  resend(registrationId: string): Promise<CallOutcome>;
  correctPhone(registrationId: string, parentPhone: string): Promise<CallOutcome>;
  /** Follows a registration until the signal aborts, through breaks and restarts. */
  watch(registrationId: string, from: string, seen: (progress: Progress) => void, signal: AbortSignal): void;
  close(): void;
};

const TIMEOUT_MS = 5_000;
/** A registration may be resubmitted under its id; three tries outlast a restart of the service. */
const TRIES = 3;
const RETRY_MS = 700;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

const toProgress = (row: Registration): Progress => ({
  smsStatus: row.smsDeliveryStatus,
  smsError: row.smsDeliveryError,
  paymentStatus: row.paymentStatus,
  linkOpened: row.linkOpenedAt !== undefined,
  phoneNeedsCorrection: row.phoneNeedsCorrection,
  tokenError: row.paymentTokenError,
  position: row.position,
});

const fieldViolations = (error: ServiceError): FieldViolation[] =>
  detailsOf(error).fields.map(({ field, description }) => ({ field, message: description }));

const answerless: readonly number[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED];

const outcomeOf = async (call: Promise<unknown>): Promise<CallOutcome> => {
  try {
    await call;
    return { kind: "done" };
  } catch (thrown) {
    const error = thrown as ServiceError;
    return answerless.includes(error.code)
      ? { kind: "unreachable", message: error.details }
      : { kind: "refused", message: error.details, fields: fieldViolations(error) };
  }
};

export const connectChatGateway = (
  target: string,
  token: string | undefined,
  { now, sleep }: Pick<Runtime, "now" | "sleep">,
): ChatGateway => {
  const client = connectRegistrationClient(target, { token, timeoutMs: TIMEOUT_MS, now });

  const complete: ChatGateway["complete"] = async (registration) => {
    for (let tries = 1; ; tries += 1) {
      const outcome = await outcomeOf(client.completeRegistration(registration));
      if (outcome.kind !== "unreachable" || tries === TRIES) return outcome;
      await sleep(RETRY_MS);
    }
  };

  const watch: ChatGateway["watch"] = (registrationId, from, seen, signal) => {
    let position = from;
    let waitMs = FIRST_WAIT_MS;
    const open = () => {
      if (signal.aborted) return;
      const stream = client.watchRegistration({ registrationId, afterPosition: position });
      const cancel = () => stream.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      stream.on("data", (row: Registration) => {
        waitMs = FIRST_WAIT_MS;
        position = row.position;
        seen(toProgress(row));
      });
      // Every end comes as an error or a plain end, and exactly one "close" follows.
      stream.on("error", () => {});
      stream.on("close", () => {
        signal.removeEventListener("abort", cancel);
        void sleep(waitMs, signal).then(open);
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      });
    };
    open();
  };

  return {
    complete,
    resend: (registrationId) => outcomeOf(client.resendPaymentLink({ registrationId })),
    correctPhone: (registrationId, parentPhone) =>
      outcomeOf(client.correctParentPhone({ registrationId, parentPhone })),
    watch,
    close: () => client.close(),
  };
};
