import { status } from "@grpc/grpc-js";
import { Fault } from "@touchline/contracts";
import type { Runtime } from "@touchline/service/runtime";
import { codeOf, isInvalidPosition } from "../explain.ts";
import type { StoreNode } from "../node/open.ts";
import { type Connection, unavailable } from "./connection.ts";

type Work<T> = (node: StoreNode, leftMs: number) => Promise<T>;

/** Makes calls on the leader. */
export interface Calls {
  /** `leftMs` is the time left for the call once there is a node. An abort ends the wait for a node. */
  run<T>(work: Work<T>, signal?: AbortSignal): Promise<T>;
  /** For work that may run twice: if its node fails, it gets a second try on the next one. */
  runAgain<T>(work: Work<T>): Promise<T>;
  /** Returns what to throw for a failure on this node. If the node is the cause, the connection looks for another. */
  failed(node: StoreNode, error: unknown): unknown;
}

export const callsOn = (connection: Connection, runtime: Runtime, timeoutMs: number): Calls => {
  const failed: Calls["failed"] = (node, error) => {
    const code = codeOf(error);
    // Not from gRPC: an error in the code that handles what was read.
    if (error instanceof Fault || code === undefined) return error;
    // Any other node would say the same.
    if (isInvalidPosition(error))
      return new Fault("event_store_unavailable", { cause: error, detail: "It has no event at this position." });
    if (ours.has(code)) return new Refused(code, error);
    // Another connection would get the same answer, and other calls still work.
    if (lasting.has(code)) return unavailable(error);
    connection.leave(node, error);
    return code === status.DEADLINE_EXCEEDED
      ? new Fault("event_store_timeout", { cause: error, detail: `(${timeoutMs} ms)` })
      : unavailable(connection.failure() ?? error);
  };
  const run: Calls["run"] = async (work, signal) => {
    const startedAt = runtime.monotonicMs();
    const node = await connection.node(timeoutMs, signal);
    try {
      return await work(node, Math.max(1, timeoutMs - (runtime.monotonicMs() - startedAt)));
    } catch (error) {
      throw failed(node, error);
    }
  };
  return {
    failed,
    run,
    runAgain: async (work) => {
      try {
        return await run(work);
      } catch (error) {
        // A time-out has used up the call's time.
        if (!(error instanceof Fault) || error.code !== "event_store_unavailable") throw error;
        return run(work);
      }
    },
  };
};

/** Codes of calls that every node would refuse. */
const ours: ReadonlySet<status> = new Set([status.INVALID_ARGUMENT, status.FAILED_PRECONDITION, status.OUT_OF_RANGE]);

/** Codes of refusals that end when somebody makes room, or gives the user its rights again. */
const lasting: ReadonlySet<status> = new Set([status.RESOURCE_EXHAUSTED, status.PERMISSION_DENIED]);

/** A call that the store refuses, and will refuse again. The server's words stay in `cause`, because they name streams. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(code: status, cause: unknown) {
    super(`The event store refuses the call (${status[code]}).`, { cause });
  }
}
