import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Fault, grpcServiceDefinition, isRegistrationId, RegistrationService } from "@touchline/contracts";
import { TRACEPARENT } from "@touchline/messaging";
import type { Health } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import { logFields, readTraceparent } from "@touchline/service/traceparent";
import { CORRELATION_ID, type Span, type Tracing } from "@touchline/service/tracing";
import type { By } from "../changes/changes.ts";
import type { Actor } from "../people/roles.ts";
import type { createAmendmentCalls } from "./amendments.ts";
import { type AuthOptions, createAuthenticate } from "./auth.ts";
import type { createCalls } from "./calls.ts";
import type { createChangeCalls } from "./changes.ts";
import type { createFollowUpCalls } from "./follow-up.ts";
import { addHealthService, addReflectionService } from "./standard-services.ts";
import { CallError } from "./status.ts";
import { type WatchCall, type Watching, watchRegistration } from "./watch.ts";
import { type WatchAllCall, watchRegistrations } from "./watch-all.ts";

export interface GrpcServerOptions extends AuthOptions {
  readonly calls: ReturnType<typeof createCalls>;
  readonly changes: ReturnType<typeof createChangeCalls> &
    ReturnType<typeof createFollowUpCalls> &
    ReturnType<typeof createAmendmentCalls>;
  readonly watching: Watching;
  /** Called as each call ends, with its method, its status and how long it took. */
  readonly onCall: (method: string, code: status, seconds: number) => void;
  /** Called for a defect of ours; the caller only sees INTERNAL. */
  readonly onDefect: (method: string, error: unknown, about: ReturnType<typeof logFields>) => void;
  readonly tracing?: Tracing | undefined;
  readonly health: Health;
  readonly runtime: Runtime;
}

export interface GrpcServer {
  readonly port: number;
  /** Refuses new calls, lets running ones finish for a moment, then ends the rest. */
  readonly close: () => Promise<void>;
}

const KIB = 1024;
const CLOSE_MS = 3_000;

/** Serves `touchline.registration.v1.RegistrationService`. Rejects when the port is taken. */
export const startGrpcServer = async (host: string, port: number, options: GrpcServerOptions): Promise<GrpcServer> => {
  const server = new Server({
    // A registration has a few hundred bytes.
    "grpc.max_receive_message_length": 256 * KIB,
    // Detects watchers whose machine has disappeared.
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
    // Nobody reads its statistics, and they keep every server ever created in memory.
    "grpc.enable_channelz": 0,
  });
  server.addService(definition(), implementation(options));
  addHealthService(server, options.health, options.runtime);
  addReflectionService(server);
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, result) =>
      error ? reject(error) : resolve(result),
    ),
  );
  const close = () =>
    new Promise<void>((resolve) => {
      const cancel = options.runtime.after(CLOSE_MS, () => server.forceShutdown());
      server.tryShutdown(() => {
        cancel();
        resolve();
      });
    });
  return { port: bound, close };
};

/** Bytes that are not a message of this type. */
const undecodable = Symbol("undecodable");

/** grpc-js answers INTERNAL to bytes that it cannot decode, but the caller is to blame. */
const definition = () =>
  Object.fromEntries(
    Object.entries(grpcServiceDefinition(RegistrationService)).map(([name, method]) => {
      const requestDeserialize = (bytes: Buffer) => {
        try {
          return method.requestDeserialize(bytes);
        } catch {
          return undecodable;
        }
      };
      return [name, { ...method, requestDeserialize }];
    }),
  );

const implementation = (options: GrpcServerOptions): UntypedServiceImplementation => {
  const { calls, changes, watching, tracing } = options;
  const guarded = guard(options);
  const unary =
    <Request, Response>(method: string, handle: (request: Request, by: By) => Promise<Response>) =>
    (call: ServerUnaryCall<Request, Response>, answer: sendUnaryData<Response>): void => {
      const settle = async () => {
        try {
          const parent = traceparentOf(call.metadata);
          const span = tracing && startSpan(tracing, method, call.request, parent);
          const traceparent = span?.traceparent ?? parent;
          const work = (actor: Actor) => handle(call.request, { actor, traceparent });
          const response = await guarded(method, call, work, traceparent, span);
          answer(null, response);
        } catch (error) {
          answer(error as ServiceError);
        }
      };
      void settle();
    };
  const streaming =
    <Call extends WatchCall | WatchAllCall>(
      method: string,
      handle: (call: Call, watching: Watching, whoAsks: () => Actor) => Promise<void>,
    ) =>
    (call: Call): void => {
      void guarded(method, call, (_, whoAsks) => handle(call, watching, whoAsks)).then(
        () => call.end(),
        // This is how grpc-js ends a stream with a status.
        (error) => call.emit("error", error),
      );
    };
  return {
    completeRegistration: unary("CompleteRegistration", calls.complete),
    getRegistration: unary("GetRegistration", calls.get),
    listRegistrations: unary("ListRegistrations", calls.list),
    resendPaymentLink: unary("ResendPaymentLink", changes.resend),
    correctParentPhone: unary("CorrectParentPhone", changes.correctPhone),
    cancelRegistration: unary("CancelRegistration", changes.cancel),
    recordMoney: unary("RecordMoney", changes.recordMoney),
    refundPayment: unary("RefundPayment", changes.refund),
    eraseRegistration: unary("EraseRegistration", changes.erase),
    amendRegistration: unary("AmendRegistration", changes.amend),
    releaseRegistration: unary("ReleaseRegistration", changes.release),
    markRepliesHandled: unary("MarkRepliesHandled", changes.markRepliesHandled),
    recordTextsWish: unary("RecordTextsWish", changes.recordTextsWish),
    snoozeRegistration: unary("SnoozeRegistration", changes.snooze),
    remindTeam: unary("RemindTeam", changes.remindTeam),
    addNote: unary("AddNote", changes.addNote),
    removeNote: unary("RemoveNote", changes.removeNote),
    listNotes: unary("ListNotes", calls.notes),
    listToday: unary("ListToday", calls.today),
    watchRegistration: streaming("WatchRegistration", watchRegistration),
    watchRegistrations: streaming("WatchRegistrations", watchRegistrations),
  };
};

/** Checks the token, turns every error into a `CallError`, and reports how each call ended. */
const guard = (options: GrpcServerOptions) => {
  const { onCall, onDefect, runtime } = options;
  const authenticate = createAuthenticate(options);
  return async <T>(
    method: string,
    call: { metadata: Metadata; request: unknown },
    /** `whoAsks` checks the token again: it may be withdrawn during the work. */
    work: (actor: Actor, whoAsks: () => Actor) => Promise<T>,
    traceparent?: string,
    span?: Span,
  ): Promise<T> => {
    const startedMs = runtime.monotonicMs();
    let code = status.OK;
    try {
      const whoAsks = () => authenticate(call.metadata);
      const actor = whoAsks();
      if (call.request === undecodable) {
        throw new CallError(status.INVALID_ARGUMENT, "The request is not a message of this method's type.");
      }
      return await work(actor, whoAsks);
    } catch (error) {
      const refusal = toCallError(error);
      code = refusal.code;
      if (code === status.INTERNAL) onDefect(method, error, logFields(idIn(call.request), traceparent));
      throw refusal;
    } finally {
      onCall(method, code, (runtime.monotonicMs() - startedMs) / 1_000);
      if (span) endSpan(span, code);
    }
  };
};

/** A header that is sent twice is ignored. */
const traceparentOf = (metadata: Metadata): string | undefined => {
  const values = metadata.get(TRACEPARENT);
  return values.length === 1 ? readTraceparent(String(values[0])) : undefined;
};

const startSpan = (tracing: Tracing, method: string, request: unknown, parent: string | undefined): Span => {
  const name = `${RegistrationService.typeName}/${method}`;
  const attributes = { "rpc.system.name": "grpc", "rpc.method": name, [CORRELATION_ID]: idIn(request) };
  return tracing.start({ name, kind: "server", parent, attributes });
};

/** The codes in our answers for which the caller is not to blame. */
const ours: ReadonlySet<status> = new Set([status.INTERNAL, status.UNAVAILABLE]);

const endSpan = (span: Span, code: status): void => {
  span.set({ "rpc.response.status_code": status[code] });
  if (ours.has(code)) span.fail(status[code]);
  span.end();
};

/** The registration that a call is about, if the caller gave a valid id. */
const idIn = (request: unknown): string | undefined => {
  const { registrationId } = Object(request) as { registrationId?: unknown };
  return typeof registrationId === "string" && isRegistrationId(registrationId) ? registrationId : undefined;
};

const toCallError = (error: unknown): CallError => {
  if (error instanceof CallError) return error;
  return error instanceof Fault
    ? new CallError(status.UNAVAILABLE, `${error.code}: try again.`)
    : new CallError(status.INTERNAL, "internal");
};
