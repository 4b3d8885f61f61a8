import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { aborted, runCommand } from "./command.ts";
import { freePorts } from "./ports.ts";
import { readPorts, startStack } from "./stack.ts";
import { playStory } from "./story.ts";

/** Credentials that only the sandbox knows. */
const pretended = {
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "sandbox-auth-token",
  TWILIO_PHONE_NUMBER: "+447700900000",
  GOCARDLESS_ACCESS_TOKEN: "sandbox-access-token",
  GOCARDLESS_WEBHOOK_SECRET: "sandbox-webhook-secret",
  GOCARDLESS_ENVIRONMENT: "sandbox",
  CLUB_NAME: "Touchline Tigers",
  CLUB_CONTACT: "hello@tigers.example",
  SIGNING_FEE_PENCE: "100",
  MONTHLY_FEE_PENCE: "100",
};

/** `npm run demo`: everything on this machine with the sandbox providers, and one registration from end to end. */
await runCommand("demo", async ({ log, say, print, signal }) => {
  const { values } = parseArgs({ options: { once: { type: "boolean", default: false } } });
  if (process.env.NODE_ENV === "production") throw new Error("The demo is not for production.");
  const dataDir = process.env.DATA_DIR ?? mkdtempSync(join(tmpdir(), "touchline-demo-"));
  // A story that is played once must not meet a Touchline that is running here already.
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...(values.once && (await freePorts(process.env))),
    ...pretended,
    DATA_DIR: dataDir,
    LOG_LEVEL: process.env.LOG_LEVEL ?? "warn",
  };
  const ports = readPorts(env);
  const sandboxUrl = `http://127.0.0.1:${ports.SANDBOX_PORT}`;
  Object.assign(env, {
    PAYMENT_BASE_URL: `http://127.0.0.1:${ports.EDGE_PORT}`,
    TWILIO_API_BASE_URL: sandboxUrl,
    GOCARDLESS_API_BASE_URL: sandboxUrl,
    REGISTRATION_GRPC_URL: `127.0.0.1:${ports.GRPC_PORT}`,
    EVENTSTORE_URL: "",
    NATS_URL: "",
  });

  const starting = startStack({ env, log, onProgress: say, sandbox: true });
  const stack = await Promise.race([starting, aborted(signal)]);
  let exitCode = 0;
  if (stack) {
    try {
      await playStory({
        eventStoreUrl: stack.urls.eventStore,
        grpcTarget: stack.urls.grpc,
        twilio: {
          baseUrl: sandboxUrl,
          accountSid: pretended.TWILIO_ACCOUNT_SID,
          authToken: pretended.TWILIO_AUTH_TOKEN,
        },
        print,
        signal,
      });
      if (!values.once) {
        print(`\nNow you: open ${sandboxUrl} and type lah into the chat. Ctrl-C stops everything.`);
        await aborted(signal);
      }
    } catch (error) {
      if (!signal.aborted) {
        say(`\nThe story failed: ${error instanceof Error ? error.message : String(error)}`);
        exitCode = 1;
      }
    }
  }
  say("Stopping …");
  await starting.then((started) => started.stop()).catch(() => {});
  if (!process.env.DATA_DIR) rmSync(dataDir, { recursive: true, force: true });
  return exitCode;
});
