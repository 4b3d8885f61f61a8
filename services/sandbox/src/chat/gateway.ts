import { setTimeout as sleep } from "node:timers/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  type Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import {
  BadRequestSchema,
  grpcServiceDefinition,
  type Registration,
  RegistrationService,
  RpcStatusSchema,
} from "@touchline/contracts";
import type { Progress } from "./progress.ts";
import type { NewRegistration } from "./sample.ts";

export type FieldFault = { readonly field: string; readonly message: string };

/** What came of a call: it was done, it was refused with reasons, or nobody answered. */
export type Told =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly message: string; readonly fields: readonly FieldFault[] }
  | { readonly kind: "unreachable"; readonly message: string };

export type Gateway = {
  complete(registration: NewRegistration): Promise<Told>;
  resend(registrationId: string): Promise<Told>;
  correctPhone(registrationId: string, parentPhone: string): Promise<Told>;
  /** Follows a registration until the signal aborts, through breaks and restarts. */
  watch(registrationId: string, from: string, seen: (progress: Progress) => void, signal: AbortSignal): void;
  close(): void;
};

const DEADLINE_MS = 5_000;
/** A registration may be handed in again under its id; three tries outlast a restart of the service. */
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

/** The field faults that ride in the call's trailers. */
const fieldFaults = (error: ServiceError): FieldFault[] => {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (!(bytes instanceof Buffer)) return [];
  return fromBinary(RpcStatusSchema, bytes).details.flatMap((detail) =>
    (anyUnpack(detail, BadRequestSchema)?.fieldViolations ?? []).map(({ field, description }) => ({
      field,
      message: description,
    })),
  );
};

const answerless: readonly number[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED];

const told = (error: ServiceError): Told =>
  answerless.includes(error.code)
    ? { kind: "unreachable", message: error.details }
    : { kind: "refused", message: error.details, fields: fieldFaults(error) };

type Unary = (
  request: unknown,
  metadata: Metadata,
  options: { deadline: number },
  done: (error: ServiceError | null, answer: unknown) => void,
) => void;
type Watch = (request: unknown, metadata: Metadata) => ClientReadableStream<Registration>;
type Methods = Readonly<
  Record<"completeRegistration" | "resendPaymentLink" | "correctParentPhone", Unary> & { watchRegistration: Watch }
>;

/** The chat's line to Touchline, by gRPC. */
export const connectGateway = (target: string, token: string | undefined): Gateway => {
  const Service = makeGenericClientConstructor(grpcServiceDefinition(RegistrationService), "RegistrationService");
  const made = new Service(target, credentials.createInsecure());
  // The constructor makes its methods from the service's definition.
  const client = made as unknown as Client & Methods;
  const metadata = () => {
    const made = new Metadata();
    if (token !== undefined) made.set("authorization", `Bearer ${token}`);
    return made;
  };
  const call = (method: keyof Omit<Methods, "watchRegistration">, request: unknown): Promise<Told> =>
    new Promise((resolve) => {
      client[method](request, metadata(), { deadline: Date.now() + DEADLINE_MS }, (error, _answer) =>
        resolve(error === null ? { kind: "done" } : told(error)),
      );
    });

  const complete = async (registration: NewRegistration): Promise<Told> => {
    let answer = await call("completeRegistration", registration);
    for (let tries = 1; answer.kind === "unreachable" && tries < TRIES; tries += 1) {
      await sleep(RETRY_MS);
      answer = await call("completeRegistration", registration);
    }
    return answer;
  };

  const watch: Gateway["watch"] = (registrationId, from, seen, signal) => {
    let position = from;
    let waitMs = FIRST_WAIT_MS;
    const open = () => {
      if (signal.aborted) return;
      const stream = client.watchRegistration({ registrationId, afterPosition: position }, metadata());
      const cancel = () => stream.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      stream.on("data", (row: Registration) => {
        waitMs = FIRST_WAIT_MS;
        position = row.position;
        seen(toProgress(row));
      });
      // Every end is told as an error or a plain end, and exactly one "close" follows.
      stream.on("error", () => {});
      stream.on("close", () => {
        signal.removeEventListener("abort", cancel);
        if (signal.aborted) return;
        const timer = setTimeout(open, waitMs);
        signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      });
    };
    open();
  };

  return {
    complete,
    resend: (registrationId) => call("resendPaymentLink", { registrationId }),
    correctPhone: (registrationId, parentPhone) => call("correctParentPhone", { registrationId, parentPhone }),
    watch,
    close: () => client.close(),
  };
};
