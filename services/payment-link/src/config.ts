import { readRecoveryTimes } from "@touchline/event-store";
import { readEventStoreUrl } from "@touchline/event-store/address";
import { isDay } from "@touchline/london";
import { readNats } from "@touchline/messaging/address";
import { type EnvReader, readConfig } from "@touchline/service/env";

/** The pages of GoCardless that parents are sent to. */
const goCardlessPages = { sandbox: "pay-sandbox.gocardless.com", live: "pay.gocardless.com" } as const;

/** A stand-in for the API serves its own pages or links to GoCardless's, and has no environment. */
const defaultPageHosts = (environment: "sandbox" | "live", apiBaseUrl: string | undefined): string =>
  (apiBaseUrl ? [...Object.values(goCardlessPages), hostOf(apiBaseUrl)] : [goCardlessPages[environment]])
    .filter(Boolean)
    .join(",");

/** Which GoCardless account to use, and where to reach it. */
export const readGoCardless = (read: EnvReader) => ({
  accessToken: read.text("GOCARDLESS_ACCESS_TOKEN"),
  environment: read.oneOf("GOCARDLESS_ENVIRONMENT", ["sandbox", "live"], "sandbox"),
  baseUrl: read.optional("GOCARDLESS_API_BASE_URL")
    ? read.url("GOCARDLESS_API_BASE_URL", { protocols: ["http:", "https:"] })
    : undefined,
});

/** Of the sandbox and of .env.example, so everybody can sign with them. */
const publicSecrets = ["sandbox-webhook-secret", "your_webhook_endpoint_secret"];

export type PaymentLinkConfig = ReturnType<typeof paymentLinkConfig>;

/** Settings of this service. @throws ConfigError with all violations */
export const paymentLinkConfig = (env: NodeJS.ProcessEnv) =>
  readConfig(env, (read) => {
    const goCardless = readGoCardless(read);
    const { environment, baseUrl: apiBaseUrl } = goCardless;
    const webhookSecret = read.text("GOCARDLESS_WEBHOOK_SECRET");
    if (!apiBaseUrl && publicSecrets.includes(webhookSecret)) {
      read.violation("GOCARDLESS_WEBHOOK_SECRET is a published example. Set the secret of your webhook endpoint.");
    }
    if (goCardless.accessToken === "your_access_token")
      read.violation("GOCARDLESS_ACCESS_TOKEN is a published example. Set the token of your own account.");
    const day = (name: string) => {
      const value = read.optional(name);
      if (value !== undefined && !isDay(value)) read.violation(`${name} must be a day such as 2026-09-01.`);
      return value;
    };
    const pageHosts = read
      .text("PAYMENT_PAGE_HOSTS", defaultPageHosts(environment, apiBaseUrl))
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter(Boolean);
    for (const host of pageHosts) {
      if (!/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/.test(host)) {
        read.violation("PAYMENT_PAGE_HOSTS must be host names, or host:port, separated by commas.");
      }
    }
    const start = day("SEASON_START");
    const end = day("SEASON_END");
    if (start && end && start > end) read.violation("SEASON_START must not be later than SEASON_END.");

    return {
      port: read.integer("PAYMENT_LINK_PORT", { fallback: 8003, max: 65_535 }),
      host: read.text("HOST", "127.0.0.1"),
      trustProxy: read.proxies("TRUST_PROXY"),
      paymentBaseUrl: read.url("PAYMENT_BASE_URL", { protocols: ["http:", "https:"] }),
      goCardless: {
        ...goCardless,
        fallback: read.flag("GOCARDLESS_FALLBACK", false),
        webhookSecret,
      },
      pageHosts,
      /** Only a stand-in without TLS may have pages without TLS. */
      plainHttpPages: apiBaseUrl?.startsWith("http:") ?? false,
      eventStoreUrl: readEventStoreUrl(read),
      nats: readNats(read),
      dataDir: read.text("DATA_DIR", "data"),
      club: {
        name: read.text("CLUB_NAME", "Your club"),
        contact: read.text("CLUB_CONTACT", "your coach or team manager"),
      },
      /** Texts come from a name, so nobody can reply STOP: the pages offer another way out. */
      namedSender: read.optional("SMS_SENDER_ID") !== undefined && !read.optional("TWILIO_MESSAGING_SERVICE_SID"),
      season: { ...(start && { start }), ...(end && { end }) },
      flowReuseMs: read.integer("FLOW_REUSE_SECONDS", { fallback: 300, max: 7 * 86_400 }) * 1_000,
      recovery: readRecoveryTimes(read),
      reconcileHour: read.integer("RECONCILE_HOUR", { fallback: 4, max: 23 }),
      webhookPollMs: read.integer("WEBHOOK_POLL_SECONDS", { fallback: 60, min: 1, max: 86_400 }) * 1_000,
    };
  });

const hostOf = (url: string | undefined): string => (url && URL.canParse(url) ? new URL(url).hostname : "");
