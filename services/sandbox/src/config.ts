import { readConfig } from "@touchline/service/env";
import type { SandboxOptions } from "./sandbox.ts";

const isSet = (value: string | undefined): value is string => value !== undefined;

/** The only reader of the environment. Throws one error that names every violation. */
export const configFrom = (env: NodeJS.ProcessEnv): SandboxOptions =>
  readConfig(env, (reader) => {
    if (reader.optional("NODE_ENV") === "production") {
      reader.violation("NODE_ENV is production: the sandbox never runs there.");
    }
    if (reader.optional("GOCARDLESS_ENVIRONMENT") === "live") {
      reader.violation("GOCARDLESS_ENVIRONMENT is live: the sandbox replaces the sandbox environment only.");
    }
    const phoneNumber = reader.phoneNumber("TWILIO_PHONE_NUMBER");
    const senders = [phoneNumber, reader.optional("SMS_SENDER_ID")].filter(isSet);
    const grpcTarget = reader.text("REGISTRATION_GRPC_URL", "127.0.0.1:50051");
    if (!/^[\w.[\]:-]+:\d+$/.test(grpcTarget)) reader.violation("REGISTRATION_GRPC_URL must be host:port.");
    const gatewayToken = reader.optional("GATEWAY_TOKEN");
    const dataDir = reader.optional("DATA_DIR");
    const pageOrigin = reader.optional("SANDBOX_PUBLIC_URL");
    return {
      port: reader.integer("SANDBOX_PORT", { fallback: 8080, max: 65_535 }),
      smtpPort: reader.integer("SANDBOX_SMTP_PORT", { fallback: 2525, max: 65_535 }),
      host: reader.text("HOST", "127.0.0.1"),
      twilio: {
        accountSid: reader.text("TWILIO_ACCOUNT_SID"),
        authToken: reader.text("TWILIO_AUTH_TOKEN"),
        ...(senders.length === 0 ? {} : { senders }),
        ...(phoneNumber === undefined ? {} : { serviceSender: phoneNumber }),
      },
      goCardless: {
        accessToken: reader.text("GOCARDLESS_ACCESS_TOKEN"),
        webhookSecret: reader.text("GOCARDLESS_WEBHOOK_SECRET"),
        ...(pageOrigin === undefined ? {} : { pageOrigin }),
      },
      publicUrl: reader.url("PAYMENT_BASE_URL", { fallback: "http://127.0.0.1:8000", protocols: ["http:", "https:"] }),
      clubName: reader.text("CLUB_NAME", "Sandbox Football Club"),
      grpcTarget,
      ...(gatewayToken === undefined ? {} : { gatewayToken }),
      ...(dataDir === undefined ? {} : { dataDir }),
    };
  });
