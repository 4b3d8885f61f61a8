import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connectMessaging, listDeadLetters, type Messaging, redriveDeadLetter } from "@touchline/messaging";
import { type Projection, rebuild } from "@touchline/projections";
import { signWebhook } from "@touchline/sandbox";
import { linksPath } from "../../services/payment-link/src/projections/index.ts";
import { linksProjection } from "../../services/payment-link/src/projections/links.ts";
import { until } from "./prometheus.ts";
import { pretended, type Running } from "./running.ts";
import type { TamperingProxy } from "./tampering-proxy.ts";

/** Something that goes wrong, and the alerts that it raises. */
export interface InjectedFailure {
  readonly what: string;
  readonly raises: readonly string[];
  /** Makes it go wrong. */
  readonly make?: () => Promise<unknown>;
  /** What is done again and again while it is wrong: without traffic nobody notices. */
  readonly meanwhile?: () => Promise<unknown>;
  readonly fix?: () => Promise<unknown>;
}

export interface Scene {
  readonly touchline: Running;
  /** Between payment-link and GoCardless. */
  readonly goCardless: TamperingProxy;
  /** What Prometheus knows; undefined while it knows nothing. */
  readonly value: (query: string) => Promise<number | undefined>;
}

const atOnce = (count: number, call: (i: number) => Promise<unknown>) =>
  Promise.allSettled(Array.from({ length: count }, (_, i) => call(i)));

const post = (url: string, headers: Record<string, string>, body: string) =>
  fetch(url, { method: "POST", headers, body });

const tap = async (link: string): Promise<number> => {
  const answer = await fetch(link, { redirect: "manual", headers: { "user-agent": "Mozilla/5.0 (iPhone)" } });
  await answer.arrayBuffer();
  return answer.status;
};

/** An event about a billing request that nobody knows: it has to be kept all the same. */
const webhook = ({ stack }: Running) => {
  const event = {
    id: `EV${randomUUID().replaceAll("-", "")}`,
    created_at: new Date().toISOString(),
    resource_type: "billing_requests",
    action: "fulfilled",
    links: { billing_request: "BRQNOBODYKNOWSIT" },
  };
  const body = JSON.stringify({ events: [event], meta: { webhook_id: "WB1" } });
  const signature = signWebhook(pretended.GOCARDLESS_WEBHOOK_SECRET, body);
  return post(`${stack.urls.edge}/webhooks/gocardless`, { "webhook-signature": signature }, body);
};

const kill = ({ stack }: Running, service: string, signal: NodeJS.Signals) =>
  process.kill(stack.pid(service) as number, signal);

const storeAway = ({ touchline }: Scene): InjectedFailure[] => [
  {
    what: "the event store does not run",
    raises: ["EventStoreFailing", "EventStoreUnreachable"],
    make: () => touchline.eventStore.stop(),
    fix: () => touchline.eventStore.start(),
  },
  {
    what: "the chat hands in registrations",
    raises: ["IntakeFailing", "EventStoreCannotAppend"],
    meanwhile: () => atOnce(2, () => touchline.register(1)),
  },
  {
    what: "parents tap links that are not in the view",
    raises: ["TapsFailingFast", "TapsFailing", "TapsFailingSlowly"],
    meanwhile: () => atOnce(6, (i) => tap(`${touchline.stack.urls.edge}/reg_setup/BRQ0000UNKNOWN${i}`)),
  },
  {
    what: "GoCardless brings webhooks",
    raises: ["WebhooksSlowFast", "WebhooksSlow", "WebhooksSlowSlowly"],
    meanwhile: () => atOnce(6, () => webhook(touchline)),
  },
];

const providersWrong = ({ touchline, goCardless, value }: Scene): InjectedFailure[] => {
  let links: readonly string[] = [];
  const twilio = `${touchline.sandbox}/2010-04-01/Accounts/${pretended.TWILIO_ACCOUNT_SID}`;
  /** Of a text that has arrived since: that of a text that failed may well have a second message. */
  const firstAttempt = async () => {
    for await (const { type, data } of touchline.store.readAll({ prefixes: ["sms-"] }))
      if (type === "SmsAttemptStarted") return (data as { attemptId: string }).attemptId;
    throw new Error("No text was ever sent.");
  };
  let feed: (() => Promise<void>) | undefined;
  return [
    {
      what: "texts do not arrive, and webhooks of GoCardless are lost",
      raises: ["TextsUndelivered"],
      make: async () => {
        await touchline.faults({
          twilio: { outcomes: [{ status: "undelivered", errorCode: 30005 }] },
          gocardless: { deliveries: [{ kind: "drop" }] },
        });
        links = await Promise.all((await touchline.register(8)).map(touchline.link));
      },
    },
    {
      what: "parents pay while no webhook comes",
      raises: ["WebhooksMissing"],
      make: () => Promise.all(links.slice(0, 2).map(touchline.pay)),
    },
    {
      what: "GoCardless leads parents to another host",
      raises: ["PageHostRefused"],
      make: async () => goCardless.pretendHost("pay.example.org"),
      meanwhile: () => tap(links[3] as string),
      fix: async () => goCardless.pretendHost(undefined),
    },
    {
      what: "somebody forges webhooks",
      raises: ["WebhooksForged"],
      meanwhile: () =>
        post(`${touchline.stack.urls.edge}/webhooks/gocardless`, { "webhook-signature": "0".repeat(64) }, "{}"),
    },
    {
      what: "Twilio takes a second message for one attempt",
      raises: ["TextTwice"],
      make: async () => {
        const credentials = `${pretended.TWILIO_ACCOUNT_SID}:${pretended.TWILIO_AUTH_TOKEN}`;
        const form = new URLSearchParams({
          To: "+447700900199",
          From: pretended.TWILIO_PHONE_NUMBER,
          Body: "The same text again",
          StatusCallback: `${touchline.stack.urls.edge}/webhooks/twilio/status?attempt=${await firstAttempt()}`,
        });
        const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
        const headers = { authorization, "content-type": "application/x-www-form-urlencoded" };
        const answer = await post(`${twilio}/Messages.json`, headers, form.toString());
        if (answer.status !== 201) throw new Error(`Twilio's stand-in: ${await answer.text()}`);
      },
    },
    {
      what: "registration is short of processor time",
      raises: ["EventLoopBusy"],
      make: async () => {
        feed = starve(touchline.stack.pid("registration") as number);
      },
      fix: async () => feed?.(),
    },
    {
      what: "NATS does not run",
      raises: ["RelayBehind", "RelayStartsOver"],
      make: async () => {
        // The relay counts what it has passed on.
        await until(async () => ((await value('touchline_sms_ended_total{state="undelivered"}')) ?? 0) >= links.length);
        await touchline.nats.stop();
      },
      meanwhile: () => touchline.register(1),
      fix: () => touchline.nats.start(),
    },
  ];
};

const providersAway = ({ touchline, value }: Scene): InjectedFailure[] => {
  let killed: number | undefined;
  const twilio = {
    requests: [
      { kind: "timeout", accepted: false, times: 1, on: "messages.create" },
      { kind: "error", code: 20003, on: "messages.create" },
      { kind: "status", status: 503, on: "messages.list" },
    ],
  };
  return [
    {
      what: "Twilio does not answer once, then refuses the account, and its list is away",
      raises: ["TextsUnknown", "TextsHeld", "TextsLateFast", "TextsLate", "TextsLateSlowly"],
      make: async () => {
        await touchline.faults({ twilio });
        await Promise.all((await touchline.register(6)).map(touchline.link));
      },
    },
    {
      what: "GoCardless refuses a registration",
      raises: ["TokensRefused", "DeadLetters"],
      make: async () => {
        const refuses = { kind: "error", code: "validation_failed", on: "billing_requests.create" };
        await touchline.faults({ twilio, gocardless: { requests: [refuses] } });
        await touchline.register(1);
        await until(async () => (await deadLetters(touchline, async (_, letters) => letters.length)) > 0);
      },
    },
    {
      what: "GoCardless is away",
      raises: ["GoCardlessFailing", "ConsumerStuck", "WalkStopped"],
      make: async () => {
        await touchline.faults({ twilio, gocardless: { requests: [{ kind: "status", status: 503, body: "html" }] } });
        await touchline.register(2);
      },
    },
    {
      what: "registration dies whenever Prometheus has seen it",
      raises: ["ServiceRestarts"],
      meanwhile: async () => {
        const startedAt = await value('process_start_time_seconds{job="registration"}');
        if (startedAt === undefined || startedAt === killed) return;
        killed = startedAt;
        kill(touchline, "registration", "SIGKILL");
      },
      fix: () =>
        until(() =>
          fetch(`${touchline.stack.urls.registration}/health/ready`).then(
            ({ ok }) => ok,
            () => false,
          ),
        ),
    },
  ];
};

type Letters = Awaited<ReturnType<typeof listDeadLetters>>;

const deadLetters = async <T>(
  { stack }: Running,
  act: (messaging: Messaging, letters: Letters) => Promise<T>,
): Promise<T> => {
  const messaging = await connectMessaging({ url: stack.urls.nats, name: "test" });
  try {
    return await act(messaging, await listDeadLetters(messaging));
  } finally {
    await messaging.close();
  }
};

/** What an operator does once the cause is fixed. */
export const redriveAll = (touchline: Running): Promise<void> =>
  deadLetters(touchline, async (messaging, letters) => {
    for (const { id } of letters) await redriveDeadLetter(messaging, id);
  });

/** Gives a process the processor for a fifth of a second, then takes it away for more than half a second, and so on. */
const starve = (pid: number) => {
  const ending = new AbortController();
  const signal = (name: NodeJS.Signals) => process.kill(pid, name);
  const starving = (async () => {
    while (!ending.signal.aborted) {
      signal("SIGSTOP");
      await sleep(600);
      signal("SIGCONT");
      await sleep(200);
    }
  })();
  return () => {
    ending.abort();
    return starving;
  };
};

const poison = "ProviderEventParked";

/** The next version of the view: it can apply an event that the present one cannot. */
const nextVersion: Projection = {
  ...linksProjection,
  prepare: (db) => {
    const fold = linksProjection.prepare(db);
    return (event) => event.type === poison || fold(event);
  },
};

const slowness = ({ touchline }: Scene): InjectedFailure[] => {
  let links: readonly string[] = [];
  let feed: (() => Promise<void>) | undefined;
  return [
    {
      what: "an event that a view cannot fold",
      raises: ["ProjectionStopped", "ProjectionBehind"],
      make: async () => {
        await touchline.poison("payment-poison", poison);
        links = await Promise.all((await touchline.register(4)).map(touchline.link));
      },
      fix: async () => {
        await rebuild({ store: touchline.store, projection: nextVersion, path: linksPath(touchline.dataDir) });
      },
    },
    {
      what: "notification hangs while registrations come",
      raises: ["ServiceDown", "ConsumerBehind"],
      make: async () => {
        kill(touchline, "notification", "SIGSTOP");
        await touchline.register(130);
      },
      fix: async () => kill(touchline, "notification", "SIGCONT"),
    },
    {
      what: "the event store is short of processor time, and parents tap links that the view does not have",
      raises: ["TapsSlowFast", "TapsSlow", "TapsSlowSlowly"],
      make: async () => {
        feed = starve(touchline.eventStore.pid());
      },
      meanwhile: () => atOnce(4, (i) => tap(links[i] as string)),
      fix: async () => feed?.(),
    },
  ];
};

/** Failures that do not hide each other are injected together; the causes of each stage are fixed before the next. */
export const stages: Readonly<Record<string, (scene: Scene) => readonly InjectedFailure[]>> = {
  "the event store is away": storeAway,
  "providers do the wrong thing, and NATS is away": providersWrong,
  "providers refuse or do not answer, and a service keeps dying": providersAway,
  "the event store is slow, a view has stopped, and a service hangs": slowness,
};
