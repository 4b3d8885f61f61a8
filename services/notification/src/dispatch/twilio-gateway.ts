import { Fault } from "@touchline/contracts";
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
}

const PAGE_SIZE = 200;

/** What the SDK's pages have in common; its declarations disagree about the rest. */
interface Page {
  readonly instances: readonly MessageInstance[];
  nextPage(): Promise<Page> | undefined;
}

/** Twilio's Messages API through its SDK. It never tries again by itself: whoever calls decides that. */
export const twilioGateway = (options: TwilioOptions): Gateway => {
  const { timeoutMs, sender, statusCallbackUrl, maxSockets } = options;
  const client = twilio(options.accountSid, options.authToken, {
    // Its debug level, which the environment could choose, prints numbers and texts.
    logLevel: "error",
    httpClient: new PatientClient({
      autoRetry: false,
      timeout: timeoutMs,
      keepAlive: true,
      maxSockets,
      maxTotalSockets: maxSockets,
      maxFreeSockets: 16,
    }),
  });
  if (options.apiBaseUrl) client.api.baseUrl = options.apiBaseUrl;

  const send: Gateway["send"] = async ({ to, body, attemptId }) => {
    const statusCallback = `${statusCallbackUrl}?attempt=${encodeURIComponent(attemptId)}`;
    try {
      // The SDK's time-out starts over with each byte; this one does not.
      const message = await within(client.messages.create({ to, body, statusCallback, ...sender }), timeoutMs + 500);
      return answered(message);
    } catch (error) {
      return readTwilioError(error);
    }
  };

  const list: Gateway["list"] = async (to, since) => {
    const found: ListedMessage[] = [];
    // Newest first. Not filtered by DateSent, which is empty while a message is queued.
    const first = await asking(client.messages.page({ to, pageSize: PAGE_SIZE }));
    let page: Page | undefined = first;
    while (page) {
      found.push(...page.instances.filter((m) => m.dateCreated >= since).map(listed));
      const oldest = page.instances.at(-1);
      if (!oldest || oldest.dateCreated < since) break;
      const next: Promise<Page> | undefined = page.nextPage();
      page = next && (await asking(next));
    }
    return found;
  };

  const fetch: Gateway["fetch"] = async (providerMessageId) => {
    try {
      return reportOf(await within(client.messages(providerMessageId).fetch(), timeoutMs + 500));
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
  override async request<T>(options: Parameters<InstanceType<typeof twilio.RequestClient>["request"]>[0]) {
    const response = await super.request<T>(options as never);
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
