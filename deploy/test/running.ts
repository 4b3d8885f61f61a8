import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@touchline/service";
import { connectGateway } from "../../libs/launcher/src/gateway.ts";
import { freePorts } from "../../libs/launcher/src/ports.ts";
import { sampleRegistration } from "../../libs/launcher/src/sample.ts";
import { type Stack, startStack } from "../../libs/launcher/src/stack.ts";
import { playStory } from "../../libs/launcher/src/story.ts";

/** Credentials that only the sandbox knows. */
const pretended = {
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "sandbox-auth-token",
  TWILIO_PHONE_NUMBER: "+447700900000",
  GOCARDLESS_ACCESS_TOKEN: "sandbox-access-token",
  GOCARDLESS_WEBHOOK_SECRET: "sandbox-webhook-secret",
  GOCARDLESS_ENVIRONMENT: "sandbox",
  CLUB_NAME: "Touchline Tigers",
  SIGNING_FEE_PENCE: "100",
  MONTHLY_FEE_PENCE: "100",
};

export type ServiceName = "registration" | "notification" | "payment-link" | "relay";

export interface Running {
  readonly stack: Stack;
  /** Where each service's own HTTP is, `host:port`. */
  readonly targets: Readonly<Record<ServiceName, string>>;
  /** One registration from the chat to the payment. Once: it is always the same phone. */
  play(): Promise<void>;
  /** Hands in registrations, each for a phone of its own. */
  register(count: number): Promise<void>;
  /** What the sandbox's providers do wrong from now on; `{}` for nothing. */
  faults(faults: { readonly twilio?: object; readonly gocardless?: object }): Promise<void>;
  stop(): Promise<void>;
}

/** The whole of Touchline with the sandbox, as processes, on free ports and in a folder of its own. */
export const startTouchline = async (settings: Readonly<Record<string, string>> = {}): Promise<Running> => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-observed-"));
  const ports = await freePorts({});
  const sandbox = `http://127.0.0.1:${ports.SANDBOX_PORT}`;
  const stack = await startStack({
    env: {
      ...ports,
      ...pretended,
      DATA_DIR: dataDir,
      LOG_LEVEL: "error",
      EDGE_HOST: "127.0.0.1",
      PAYMENT_BASE_URL: `http://127.0.0.1:${ports.EDGE_PORT}`,
      TWILIO_API_BASE_URL: sandbox,
      GOCARDLESS_API_BASE_URL: sandbox,
      REGISTRATION_GRPC_URL: `127.0.0.1:${ports.GRPC_PORT}`,
      ...settings,
    },
    log: createLogger("test", "error"),
    onProgress: () => {},
    sandbox: true,
  });
  let phone = 0;
  const local = (name: string) => `127.0.0.1:${ports[name]}`;
  return {
    stack,
    targets: {
      registration: local("REGISTRATION_PORT"),
      notification: local("NOTIFICATION_PORT"),
      "payment-link": local("PAYMENT_LINK_PORT"),
      relay: local("RELAY_PORT"),
    },
    play: () =>
      playStory({
        eventStoreUrl: stack.urls.eventStore,
        grpcTarget: stack.urls.grpc,
        twilio: { baseUrl: sandbox, accountSid: pretended.TWILIO_ACCOUNT_SID, authToken: pretended.TWILIO_AUTH_TOKEN },
        print: () => {},
        signal: AbortSignal.timeout(90_000),
      }),
    register: async (count) => {
      const gateway = connectGateway(stack.urls.grpc);
      for (let i = 0; i < count; i++) {
        await gateway.complete(sampleRegistration(`+447700900${String(200 + phone++).padStart(3, "0")}`));
      }
      gateway.close();
    },
    faults: async (faults) => {
      const none = { requests: [], deliveries: [], outcomes: [] };
      const answer = await fetch(`${sandbox}/control/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ twilio: { ...none, ...faults.twilio }, gocardless: { ...none, ...faults.gocardless } }),
      });
      if (!answer.ok) throw new Error(`The sandbox refused the faults: ${await answer.text()}`);
    },
    stop: async () => {
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

/** What each service's `/metrics` says now. */
export const expositions = async ({ targets }: Running): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(targets).map(async ([name, target]) => {
        const answer = await fetch(`http://${target}/metrics`);
        return [name, await answer.text()] as const;
      }),
    ),
  );
