import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { aborted, type Command, runCommand, unlessStopped } from "./command.ts";
import { playRegistration } from "./play.ts";
import { freePorts } from "./ports.ts";
import { readPorts, type Stack, startStack } from "./stack.ts";

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
  MAIL_FROM: "Touchline Tigers <hello@tigers.example>",
  SECRETARY_EMAIL: "secretary@tigers.example",
  TEAM_MANAGERS: "Tigers=manager@tigers.example",
  SIGNING_FEE_PENCE: "100",
  MONTHLY_FEE_PENCE: "100",
};

const settings = (dataDir: string, ports: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const env = { ...process.env, ...ports, ...pretended, DATA_DIR: dataDir, LOG_LEVEL: process.env.LOG_LEVEL ?? "warn" };
  const { SANDBOX_PORT, SANDBOX_SMTP_PORT, EDGE_PORT, GRPC_PORT } = readPorts(env);
  return {
    ...env,
    PAYMENT_BASE_URL: `http://127.0.0.1:${EDGE_PORT}`,
    TWILIO_API_BASE_URL: `http://127.0.0.1:${SANDBOX_PORT}`,
    GOCARDLESS_API_BASE_URL: `http://127.0.0.1:${SANDBOX_PORT}`,
    SMTP_URL: `smtp://127.0.0.1:${SANDBOX_SMTP_PORT}`,
    REGISTRATION_GRPC_URL: `127.0.0.1:${GRPC_PORT}`,
    EVENTSTORE_URL: "",
    EVENTSTORE_URL_FILE: "",
    NATS_URL: "",
    NATS_URL_FILE: "",
  };
};

/** Runs one registration, then keeps everything running unless `--once` was given. Resolves with the exit code. */
const show = async ({ urls, ports }: Stack, once: boolean, command: Command): Promise<number> => {
  const { print, say, signal, runtime } = command;
  const sandboxUrl = `http://127.0.0.1:${ports.SANDBOX_PORT}`;
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = pretended;
  try {
    await playRegistration({
      eventStoreUrl: urls.eventStore,
      grpcTarget: urls.grpc,
      twilio: { baseUrl: sandboxUrl, accountSid, authToken },
      print,
      signal,
      runtime,
    });
    if (!once) {
      print(`\nNow you: open ${sandboxUrl} and type lah into the chat. Ctrl-C stops everything.`);
      await aborted(signal);
    }
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
};

/** `npm run demo`: everything on this machine with the sandbox providers, and one registration from end to end. */
await runCommand("demo", async (command) => {
  const { values } = parseArgs({ options: { once: { type: "boolean", default: false } } });
  if (process.env.NODE_ENV === "production") throw new Error("The demo does not run in production.");
  const given = process.env.DATA_DIR?.trim();
  const dataDir = given || mkdtempSync(join(tmpdir(), "touchline-demo-"));
  const { log, runtime, say, signal } = command;
  try {
    // With `--once`, it must not interfere with a Touchline that is already running here.
    const env = settings(dataDir, values.once ? await freePorts(process.env) : {});
    const options = { env, log, runtime, onProgress: say, sandbox: true, signal };
    const stack = await startStack(options).catch(unlessStopped(signal));
    if (!stack) return 0;
    const exitCode = await show(stack, values.once, command);
    say("Stopping …");
    await stack.stop();
    return exitCode;
  } finally {
    if (!given) rmSync(dataDir, { recursive: true, force: true });
  }
});
