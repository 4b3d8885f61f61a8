import { AsyncLocalStorage } from "node:async_hooks";
import { Fault } from "@touchline/contracts";
import { inSpan, type Span, type Tracing } from "@touchline/service/tracing";
import twilio from "twilio";
import type { MessageInstance } from "twilio/lib/rest/api/v2010/account/message.js";
import type { Outcome } from "../sms/decide.ts";
import type { Report } from "../sms/report.ts";
import type { Gateway, ListedMessage } from "./gateway.ts";
import { readTwilioError } from "./twilio-errors.ts";

export type Sender = { readonly from: string } | { readonly messagingServiceSid: string };

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly sender: Sender;
  /** Instead of Twilio's own, for stand-ins. */
  readonly apiBaseUrl?: string | undefined;
  /** Where Twilio reports statuses; the attempt id is added. */
  readonly statusCallbackUrl: string;
  readonly timeoutMs: number;
  /** Calls at once. */
  readonly maxSockets: number;
  readonly tracing?: Tracing | undefined;
}

/** What goes along with one call. */
interface Call {
  readonly traceparent: string;
  readonly span?: Span;
}

const messages = "/2010-04-01/Accounts/{AccountSid}/Messages";
const calls = {
  create: { method: "POST", template: `${messages}.json` },
  list: { method: "GET", template: `${messages}.json` },
  fetch: { method: "GET", template: `${messages}/{Sid}.json` },
} as const;

const PAGE_SIZE = 200;

/** What the SDK's pages have in common; its declarations disagree about the rest. */
interface Page {
  readonly instances: readonly MessageInstance[];
  readonly nextPageUrl?: string | undefined;
  nextPage(): Promise<Page> | undefined;
}

/** Twilio's Messages API through its SDK. It never tries again by itself: whoever calls decides that. */
export const twilioGateway = (options: TwilioOptions): Gateway => {
  const { timeoutMs, sender, statusCallbackUrl, maxSockets, tracing } = options;
  // The SDK has no place for a header of one call. It costs about as much as a promise, beside a call over the network.
  const calling = new AsyncLocalStorage<Call>();
  const client = twilio(options.accountSid, options.authToken, {
    // Its debug level, which the environment could choose, prints numbers and texts.
    logLevel: "error",
    httpClient: new PatientClient(calling, {
      autoRetry: false,
      timeout: timeoutMs,
      keepAlive: true,
      maxSockets,
      maxTotalSockets: maxSockets,
      maxFreeSockets: 16,
    }),
  });
  if (options.apiBaseUrl) client.api.baseUrl = options.apiBaseUrl;

  const host = new URL(client.api.baseUrl).hostname;

  const asTold = <T>(what: keyof typeof calls, traceparent: string | undefined, ask: () => Promise<T>): Promise<T> => {
    if (!tracing) return traceparent ? calling.run({ traceparent }, ask) : ask();
    const { method, template } = calls[what];
    // No URL: it has the account in it, and a list's has a number.
    const attributes = { "http.request.method": method, "url.template": template, "server.address": host };
    const start = { name: `${method} ${template}`, kind: "client", parent: traceparent, attributes } as const;
    return inSpan(tracing, start, (context, span) => calling.run({ traceparent: context, span }, ask));
  };

  const send: Gateway["send"] = async ({ to, body, attemptId, traceparent }) => {
    const statusCallback = `${statusCallbackUrl}?attempt=${encodeURIComponent(attemptId)}`;
    try {
      // The SDK's time-out starts over with each byte; this one does not.
      const message = await asTold("create", traceparent, () =>
        within(client.messages.create({ to, body, statusCallback, ...sender }), timeoutMs + 500),
      );
      return answered(message);
    } catch (error) {
      return readTwilioError(error);
    }
  };

  const list: Gateway["list"] = async (to, since, traceparent) => {
    const found: ListedMessage[] = [];
    // Newest first. Not filtered by DateSent, which is empty while a message is queued.
    const ask = (next: () => Promise<Page>) => asTold("list", traceparent, () => asking(next()));
    let page: Page | undefined = await ask(() => client.messages.page({ to, pageSize: PAGE_SIZE }));
    while (page) {
      found.push(...page.instances.filter((m) => m.dateCreated >= since).map(listed));
      const oldest = page.instances.at(-1);
      if (!oldest || oldest.dateCreated < since) break;
      const before: Page = page;
      page = before.nextPageUrl ? await ask(() => before.nextPage() as Promise<Page>) : undefined;
    }
    return found;
  };

  const fetch: Gateway["fetch"] = async (providerMessageId, traceparent) => {
    try {
      const message = await asTold("fetch", traceparent, () =>
        within(client.messages(providerMessageId).fetch(), timeoutMs + 500),
      );
      return reportOf(message);
    } catch (error) {
      const { status } = error as { status?: number };
      if (status === 404) return undefined;
      throw new Fault("provider_unavailable", { cause: stripped(error) });
    }
  };

  const asking = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await within(answer, timeoutMs + 500);
    } catch (error) {
      throw new Fault("provider_unavailable", { cause: stripped(error) });
    }
  };

  return { send, list, fetch };
};

/** The SDK's HTTP client; it also passes on how long Twilio asks to wait, which the SDK's errors leave out. */
class PatientClient extends twilio.RequestClient {
  readonly #calling: AsyncLocalStorage<Call>;

  constructor(calling: AsyncLocalStorage<Call>, options: ConstructorParameters<typeof twilio.RequestClient>[0]) {
    super(options);
    this.#calling = calling;
  }

  override async request<T>(options: Parameters<InstanceType<typeof twilio.RequestClient>["request"]>[0]) {
    const call = this.#calling.getStore();
    const told = call ? { ...options, headers: { ...options.headers, traceparent: call.traceparent } } : options;
    const response = await super.request<T>(told as never);
    call?.span?.set({ "http.response.status_code": response.statusCode });
    if (response.statusCode === 429) throw new TooManyRequests(response);
    return response;
  }
}

class TooManyRequests extends Error {
  readonly status = 429;
  readonly code: number;
  readonly retryAfterMs: number | undefined;

  constructor({ body, headers }: { body: unknown; headers?: object }) {
    super("Twilio got too many requests.");
    const { code } = Object(body) as { code?: unknown };
    this.code = Number(code) || 0;
    const seconds = Number((Object(headers) as { "retry-after"?: unknown })["retry-after"]);
    this.retryAfterMs = seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : undefined;
  }
}

const answered = ({ sid, numSegments }: MessageInstance): Outcome => {
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

const reportOf = (message: MessageInstance): Report => {
  const { sid, status, errorCode, price, priceUnit, numSegments } = message;
  // Prices are negative: what the account is charged.
  const priceMicros = price ? Math.round(Math.abs(Number(price)) * 1e6) : Number.NaN;
  const segments = Number(numSegments) || 0;
  return {
    providerMessageId: sid,
    status: String(status),
    ...(errorCode && { errorCode: Number(errorCode) }),
    ...(Number.isFinite(priceMicros) && { priceMicros, ...(priceUnit && { priceUnit: priceUnit.toUpperCase() }) }),
    ...(segments > 0 && { segments }),
  };
};

/** An SDK error carries the whole request; only what it says may go on. */
const stripped = (error: unknown): { name: string; code: unknown } => {
  const { name, code, status } = error as { name?: string; code?: unknown; status?: unknown };
  return { name: name ?? "Error", code: code ?? status };
};

const TIMED_OUT = Object.assign(new Error("No answer in time."), { code: "ETIMEDOUT" });

const within = async <T>(promise: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(TIMED_OUT), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => {}); // A late failure has nobody left to tell.
  }
};
