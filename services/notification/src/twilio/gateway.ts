import { AsyncLocalStorage } from "node:async_hooks";
import { Fault } from "@touchline/contracts";
import { withTimeout } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import { inSpan, type Span, type Tracing } from "@touchline/service/tracing";
import twilio, { type Twilio } from "twilio";
import type { MessageInstance } from "twilio/lib/rest/api/v2010/account/message.js";
import type { ListedMessage, ReceivedText, SmsGateway } from "../dispatch/sms-gateway.ts";
import type { SendOutcome } from "../sms/decide.ts";
import type { Report } from "../sms/report.ts";
import { failureOf } from "./codes.ts";
import { readTwilioError } from "./errors.ts";
import { stageOf } from "./statuses.ts";

export type TwilioSender = { readonly from: string } | { readonly messagingServiceSid: string };

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly sender: TwilioSender;
  /** For stand-ins; the default is Twilio's own. */
  readonly apiBaseUrl?: string | undefined;
  /** Where Twilio reports statuses; the attempt id is added. */
  readonly statusCallbackUrl: string;
  readonly timeoutMs: number;
  /** The most calls at once. */
  readonly maxSockets: number;
  readonly tracing?: Tracing | undefined;
  readonly runtime: Pick<Runtime, "after">;
}

/** The context of one call. */
interface Call {
  readonly traceparent: string;
  readonly span?: Span;
}

const messages = "/2010-04-01/Accounts/{AccountSid}/Messages";
const calls = {
  create: { method: "POST", template: `${messages}.json` },
  list: { method: "GET", template: `${messages}.json` },
  redact: { method: "POST", template: `${messages}/{Sid}.json` },
  fetch: { method: "GET", template: `${messages}/{Sid}.json` },
} as const;

const PAGE_SIZE = 200;

/** What all of the SDK's pages have; its declarations disagree about the rest. */
interface Page {
  readonly instances: readonly MessageInstance[];
  readonly nextPageUrl?: string | undefined;
  nextPage(): Promise<Page> | undefined;
}

/** Twilio's Messages API through its SDK. It never retries by itself: the caller decides. */
export const twilioGateway = (options: TwilioOptions): SmsGateway => {
  // The SDK cannot set a header for one call. The cost is about that of a promise, next to a network call.
  const calling = new AsyncLocalStorage<Call>();
  const client = openClient(options, calling);
  const traced = createTraced(options.tracing, calling, new URL(client.api.baseUrl).hostname);
  // The SDK's time-out restarts with each byte; this one does not.
  const within = <T>(answer: Promise<T>) => withTimeout(answer, options.timeoutMs + 500, timedOut, options.runtime);

  const send: SmsGateway["send"] = async ({ to, body, attemptId, traceparent }) => {
    const statusCallback = `${options.statusCallbackUrl}?attempt=${encodeURIComponent(attemptId)}`;
    const message = { to, body, statusCallback, ...options.sender };
    try {
      return answered(await traced("create", traceparent, () => within(client.messages.create(message))));
    } catch (error) {
      return readTwilioError(error);
    }
  };

  /** Newest first. */
  const messagesSince = async (
    to: string | undefined,
    since: Date,
    traceparent: string | undefined,
    fits: (message: MessageInstance) => boolean,
  ) => {
    const found: MessageInstance[] = [];
    const ask = (next: () => Promise<Page>) =>
      traced("list", traceparent, () => within(next()).catch((error) => Promise.reject(unavailable(error))));
    // Not filtered by DateSent, which is empty while a message is queued.
    let page: Page | undefined = await ask(() => client.messages.page({ ...(to && { to }), pageSize: PAGE_SIZE }));
    while (page) {
      found.push(...page.instances.filter((m) => m.dateCreated >= since && fits(m)));
      const oldest = page.instances.at(-1);
      if (!oldest || oldest.dateCreated < since) break;
      const before: Page = page;
      page = before.nextPageUrl ? await ask(() => before.nextPage() as Promise<Page>) : undefined;
    }
    return found;
  };

  const list: SmsGateway["list"] = async (to, since, traceparent) =>
    (await messagesSince(to, since, traceparent, () => true)).map(listed);

  const received: SmsGateway["received"] = async (since) => {
    const { sender } = options;
    const to = "from" in sender ? sender.from : undefined;
    // Nobody can text a name.
    if (to && !to.startsWith("+")) return [];
    const messages = await messagesSince(to, since, undefined, ({ direction }) => direction === "inbound");
    return messages.map(receivedText).reverse();
  };

  const fetch: SmsGateway["fetch"] = async (providerMessageId, traceparent) => {
    try {
      return reportOf(await traced("fetch", traceparent, () => within(client.messages(providerMessageId).fetch())));
    } catch (error) {
      if ((error as { status?: number }).status === 404) return undefined;
      throw unavailable(error);
    }
  };

  const redact: SmsGateway["redact"] = async (providerMessageId, traceparent) => {
    try {
      await traced("redact", traceparent, () => within(client.messages(providerMessageId).update({ body: "" })));
    } catch (error) {
      if ((error as { status?: number }).status !== 404) throw unavailable(error);
    }
  };

  return { send, list, received, fetch, redact };
};

const openClient = (options: TwilioOptions, calling: AsyncLocalStorage<Call>): Twilio => {
  const { accountSid, authToken, apiBaseUrl, timeoutMs, maxSockets } = options;
  const client = twilio(accountSid, authToken, {
    // The environment could choose the debug level, which prints numbers and texts.
    logLevel: "error",
    httpClient: new TracedClient(calling, {
      autoRetry: false,
      timeout: timeoutMs,
      keepAlive: true,
      maxSockets,
      maxTotalSockets: maxSockets,
      maxFreeSockets: 16,
    }),
  });
  if (apiBaseUrl) client.api.baseUrl = apiBaseUrl;
  return client;
};

/** Makes a call in its own span or, without tracing, at least with its trace context. */
const createTraced =
  (tracing: Tracing | undefined, calling: AsyncLocalStorage<Call>, host: string) =>
  <T>(what: keyof typeof calls, traceparent: string | undefined, ask: () => Promise<T>): Promise<T> => {
    if (!tracing) return traceparent ? calling.run({ traceparent }, ask) : ask();
    const { method, template } = calls[what];
    // Not the URL: it contains the account, and for a list a number.
    const attributes = { "http.request.method": method, "url.template": template, "server.address": host };
    const start = { name: `${method} ${template}`, kind: "client", parent: traceparent, attributes } as const;
    return inSpan(tracing, start, (context, span) => calling.run({ traceparent: context, span }, ask));
  };

/** The SDK's HTTP client. Adds the trace context, and passes on the wait that Twilio asks for, which the SDK's errors leave out. */
class TracedClient extends twilio.RequestClient {
  readonly #calling: AsyncLocalStorage<Call>;

  constructor(calling: AsyncLocalStorage<Call>, options: ConstructorParameters<typeof twilio.RequestClient>[0]) {
    super(options);
    this.#calling = calling;
  }

  override async request<T>(options: Parameters<InstanceType<typeof twilio.RequestClient>["request"]>[0]) {
    const call = this.#calling.getStore();
    const traced = call ? { ...options, headers: { ...options.headers, traceparent: call.traceparent } } : options;
    const response = await super.request<T>(traced as never);
    call?.span?.set({ "http.response.status_code": response.statusCode });
    const retryAfterMs = retryAfterOf(response.headers);
    if (response.statusCode >= 400 && retryAfterMs) throw new AskedToWait(response, retryAfterMs);
    return response;
  }
}

/** A refusal that says how long to wait. */
class AskedToWait extends Error {
  readonly status: number;
  readonly code: number;
  readonly retryAfterMs: number;

  constructor({ statusCode, body }: { statusCode: number; body: unknown }, retryAfterMs: number) {
    super("Twilio asks us to wait.");
    const { code } = Object(body) as { code?: unknown };
    this.status = statusCode;
    this.code = Number(code) || 0;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The daily limit asks for hours; more than a day would make no sense. */
const RETRY_AFTER_MAX_SECONDS = 86_400;

const retryAfterOf = (headers: unknown): number | undefined => {
  const { "retry-after": wanted, date } = Object(headers) as Readonly<Record<string, unknown>>;
  // Seconds, or a time by Twilio's clock.
  const seconds = Number(wanted) || (Date.parse(String(wanted)) - Date.parse(String(date))) / 1_000;
  return seconds > 0 ? Math.min(seconds, RETRY_AFTER_MAX_SECONDS) * 1_000 : undefined;
};

const answered = ({ sid, numSegments }: MessageInstance): SendOutcome => {
  if (!/^(SM|MM)[0-9a-f]{32}$/i.test(sid ?? ""))
    return { kind: "unknown", reason: "Twilio's answer had no message SID." };
  const segments = Number(numSegments) || 0;
  return { kind: "accepted", providerMessageId: sid, ...(segments > 0 && { segments }) };
};

const listed = (message: MessageInstance): ListedMessage => ({
  ...reportOf(message),
  createdAt: message.dateCreated,
  body: message.body ?? "",
});

const receivedText = ({ sid, from, body, numMedia, dateCreated }: MessageInstance): ReceivedText => ({
  id: sid,
  from,
  body: body ?? "",
  media: Number(numMedia) > 0,
  receivedAt: dateCreated,
});

const reportOf = (message: MessageInstance): Report => {
  const { sid, status, errorCode, price, priceUnit, numSegments } = message;
  // Twilio's prices are negative.
  const priceMicros = price ? Math.round(Math.abs(Number(price)) * 1e6) : Number.NaN;
  const segments = Number(numSegments) || 0;
  return {
    providerMessageId: sid,
    status: String(status),
    stage: stageOf(String(status)),
    ...(errorCode && { failure: failureOf(String(errorCode)) }),
    ...(Number.isFinite(priceMicros) && { priceMicros, ...(priceUnit && { priceUnit: priceUnit.toUpperCase() }) }),
    ...(segments > 0 && { segments }),
  };
};

/** An SDK error contains the whole request; only its name and code may be passed on. */
const unavailable = (error: unknown): Fault => {
  const { name, code, status } = error as { name?: string; code?: unknown; status?: unknown };
  return new Fault("provider_unavailable", { cause: { name: name ?? "Error", code: code ?? status } });
};

const TIMED_OUT = Object.assign(new Error("No answer in time."), { code: "ETIMEDOUT" });

const timedOut = (): never => {
  throw TIMED_OUT;
};
