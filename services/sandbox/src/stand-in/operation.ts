import type { FastifyReply, FastifyRequest } from "fastify";
import { type Answer, type FaultWording, isAccepted, send, sendFault } from "./answer.ts";
import type { AnswerFault } from "./faults.ts";
import type { LoggedRequest, RequestLog } from "./request-log.ts";
import type { Scheduler } from "./scheduler.ts";

export type Gate = {
  readonly log: RequestLog;
  readonly scheduler: Scheduler;
  readonly wording: FaultWording;
  readonly now: () => Date;
  /** The faults in force for this operation: how late it is, and how it fails. */
  readonly draw: (operation: string) => { readonly delayMs: number; readonly fault: AnswerFault | undefined };
};

/**
 * Runs one API operation behind the faults in force. The work is a function from request to answer, so that "the
 * provider did it and we never heard" is the same work with the answer thrown away.
 */
export const behindFaults =
  (gate: Gate, operation: string, work: (request: FastifyRequest) => Answer) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { delayMs, fault } = gate.draw(operation);
    if (delayMs > 0) await gate.scheduler.pause(delayMs);

    const entry: LoggedRequest = {
      at: gate.now().toISOString(),
      operation,
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: request.body,
    };
    if (fault === undefined) {
      const answer = work(request);
      gate.log.add({ ...entry, status: answer.status });
      return send(reply, answer);
    }
    const accepted = isAccepted(fault);
    if (accepted) work(request);
    const status = sendFault(reply, fault, gate.wording);
    gate.log.add({ ...entry, fault: { kind: fault.kind, accepted }, ...(status === undefined ? {} : { status }) });
    return reply;
  };
