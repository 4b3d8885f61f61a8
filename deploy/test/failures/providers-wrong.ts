import { until } from "../prometheus.ts";
import { pretended } from "../running.ts";
import { type InjectedFailure, post, type Scene, starve, tap } from "./scene.ts";

export const providersWrong = ({ touchline, goCardless, value }: Scene): InjectedFailure[] => {
  let links: readonly string[] = [];
  const twilio = `${touchline.sandbox}/2010-04-01/Accounts/${pretended.TWILIO_ACCOUNT_SID}`;
  /** The first attempt of a text that arrived: a failed text may rightly have a second message. */
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
        // The relay counts the events that it has published.
        await until(async () => ((await value('touchline_sms_ended_total{state="undelivered"}')) ?? 0) >= links.length);
        await touchline.nats.stop();
      },
      meanwhile: () => touchline.register(1),
      fix: () => touchline.nats.start(),
    },
  ];
};
