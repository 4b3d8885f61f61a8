import type { ServerWritableStream } from "@grpc/grpc-js";
import type { RegistrationChanged, WatchRegistrationsRequest } from "@touchline/contracts";
import { type Actor, sees } from "../people/roles.ts";
import { toChangedProto } from "../read-model/to-proto.ts";
import { ASK_AGAIN_MS, endOf, readPosition, type Watching } from "./watch.ts";

export type WatchAllCall = ServerWritableStream<WatchRegistrationsRequest, RegistrationChanged>;

/**
 * Streams the changes of all registrations until the caller cancels, no faster than it reads. Rejects with `CallError` once its
 * token is withdrawn; `whoAsks` returns the present caller, or throws.
 */
export const watchRegistrations = async (
  call: WatchAllCall,
  { follow, signal, runtime }: Pick<Watching, "follow" | "signal" | "runtime">,
  whoAsks: () => Actor,
): Promise<void> => {
  const after = readPosition(call.request.afterPosition);
  const ended = endOf(call, signal);
  const gone = new AbortController();
  const send = async () => {
    for await (const change of follow(after, gone.signal)) {
      const actor = whoAsks();
      // The team of an erased family is no longer known.
      const seen = change.row ? sees(actor, change.row.team) : !actor.teams;
      if (seen && !call.write(toChangedProto(change))) await drained(call, gone.signal);
    }
  };
  const stopAsking = runtime.every(ASK_AGAIN_MS, () => {
    try {
      whoAsks();
    } catch (error) {
      ended.fail(error);
    }
  });
  try {
    // Sending ends by itself only when it fails.
    await Promise.race([ended.promise, send()]);
  } finally {
    gone.abort();
    stopAsking();
    ended.dispose();
  }
};

const drained = (call: WatchAllCall, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      call.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    call.on("drain", done);
    signal.addEventListener("abort", done);
  });
