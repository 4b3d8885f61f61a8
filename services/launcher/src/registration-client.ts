import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceError } from "@grpc/grpc-js";
import type {
  CompleteRegistrationRequestSchema,
  CompleteRegistrationResponse,
  Registration,
} from "@touchline/contracts";
import { connectRegistrationClient } from "@touchline/contracts/client";
import { explainRefusal } from "./refusal.ts";

/** The calls of the chat gateway that the demo and `lah` need. */
export interface DemoClient {
  /** Resolves once the channel is open, as a gateway's channel always is. */
  connected(): Promise<void>;
  /** Rejects with an error in words: what was refused, or what to do. */
  complete(request: MessageInitShape<typeof CompleteRegistrationRequestSchema>): Promise<CompleteRegistrationResponse>;
  watch(registrationId: string, signal: AbortSignal): AsyncIterable<Registration>;
  close(): void;
}

const TIMEOUT_MS = 10_000;

export const connectRegistration = (target: string, token?: string): DemoClient => {
  const client = connectRegistrationClient(target, { token, timeoutMs: TIMEOUT_MS, now: () => new Date() });
  return {
    connected: client.ready,
    complete: (request) =>
      client.completeRegistration(request).catch((error: ServiceError) => {
        throw explainRefusal(error, target);
      }),
    watch: async function* (registrationId, signal) {
      const call = client.watchRegistration({ registrationId });
      const cancel = () => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      try {
        yield* call as AsyncIterable<Registration>;
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener("abort", cancel);
        call.cancel();
      }
    },
    close: client.close,
  };
};
