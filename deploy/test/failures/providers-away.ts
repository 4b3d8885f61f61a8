import { connectMessaging, listDeadLetters, type Messaging, redriveDeadLetter } from "@touchline/messaging";
import { until } from "../prometheus.ts";
import type { Running } from "../running.ts";
import { type InjectedFailure, isReady, kill, type Scene } from "./scene.ts";

export const providersAway = ({ touchline, value }: Scene): InjectedFailure[] => {
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
      fix: () => isReady(touchline, "registration"),
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

/** The operator's steps once the cause is fixed. */
export const redriveAll = (touchline: Running): Promise<void> =>
  deadLetters(touchline, async (messaging, letters) => {
    for (const { id } of letters) await redriveDeadLetter(messaging, id);
  });
