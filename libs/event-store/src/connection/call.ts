import { status } from "@grpc/grpc-js";
import { Fault } from "@touchline/contracts";
import type { Runtime } from "@touchline/service/runtime";
import { codeOf } from "../explain.ts";
import type { StoreNode } from "../node/open.ts";
import { type Connection, unavailable } from "./connection.ts";

/** Calls on the node that leads. */
export interface Calls {
  /** `leftMs` is what remains of the time for the call once there is a node. An abort ends the wait for one. */
  run<T>(work: (node: StoreNode, leftMs: number) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** What to throw for a failure on this node. If the node is to blame, the connection looks for another one. */
  failed(node: StoreNode, error: unknown): unknown;
}

export const callsOn = (connection: Connection, runtime: Runtime, timeoutMs: number): Calls => {
  const failed: Calls["failed"] = (node, error) => {
    const code = codeOf(error);
    // Not gRPC's: an error of whoever takes what is read.
    if (error instanceof Fault || code === undefined) return error;
    if (ours.has(code)) return new Refused(code, error);
    connection.leave(node, error);
    return code === status.DEADLINE_EXCEEDED
      ? new Fault("event_store_timeout", { cause: error, detail: `(${timeoutMs} ms)` })
      : unavailable(connection.failure() ?? error);
  };
  return {
    failed,
    run: async (work, signal) => {
      const startedAt = runtime.monotonicMs();
      const node = await connection.node(timeoutMs, signal);
      try {
        return await work(node, Math.max(1, timeoutMs - (runtime.monotonicMs() - startedAt)));
      } catch (error) {
        throw failed(node, error);
      }
    },
  };
};

/** The store's answer to a call that no node would take. */
const ours: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.FAILED_PRECONDITION,
  status.OUT_OF_RANGE,
  status.PERMISSION_DENIED,
]);

/** A call that the store refuses, and will refuse again. The server's words stay in `cause`: they name streams. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(code: status, cause: unknown) {
    super(`The event store refuses the call (${status[code]}).`, { cause });
  }
}
