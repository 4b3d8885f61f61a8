import { connectRegistrationClient } from "@touchline/contracts/client";
import { eventually } from "@touchline/testing";
import { pretended, type Running } from "../running.ts";
import { atOnce, type InjectedFailure, isReady, kill, post, type Scene } from "./scene.ts";

const DAY_MS = 86_400_000;
const dayOf = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);

/** A club that has not configured the current season. Its families pay no monthly fee, so they raise no alert. */
export const seasonBefore = {
  settings: { SEASON_START: dayOf(400), SEASON_END: dayOf(30) },
  families: { monthlyFeePence: 0 },
} as const;

/** A family that has paid, and has a mandate for monthly fees. */
const paidFamily = async (touchline: Running) => {
  const [registrationId = ""] = await touchline.register(1, { monthlyFeePence: 100 });
  const link = await touchline.link(registrationId);
  await touchline.pay(link);
  const stream = `payment-${link.split("/").at(-1)}`;
  return { registrationId, stream, mandateId: (await event(touchline, stream, "MandateActivated")).mandateId };
};

const event = ({ store }: Running, stream: string, type: string) =>
  eventually(async () => {
    const found = (await store.read(stream)).find((one) => one.type === type);
    return found && (found.data as { readonly mandateId?: string });
  });

/** A monthly fee that GoCardless collects, and that the bank refuses for good. */
const failMonth = async (
  { sandbox }: Running,
  { registrationId, mandateId }: Awaited<ReturnType<typeof paidFamily>>,
) => {
  const metadata = { registration_id: registrationId, purpose: "monthly_fee" };
  const payments = { amount: 100, currency: "GBP", metadata, links: { mandate: mandateId } };
  const headers = {
    authorization: `Bearer ${pretended.GOCARDLESS_ACCESS_TOKEN}`,
    "gocardless-version": "2015-07-06",
    "content-type": "application/json",
  };
  const made = await post(`${sandbox}/payments`, headers, JSON.stringify({ payments }));
  if (made.status !== 201) throw new Error(`GoCardless's stand-in: ${await made.text()}`);
  const { id } = ((await made.json()) as { payments: { id: string } }).payments;
  const form = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  await post(`${sandbox}/sandbox/act`, form, new URLSearchParams({ do: "failPayment", id }).toString());
};

/** Payment-link looks for work from the calendar or the configuration when it starts. */
const restart = async (touchline: Running) => {
  kill(touchline, "payment-link", "SIGTERM");
  const gone = () =>
    fetch(`http://${touchline.targets["payment-link"]}/health/live`).then(
      () => false,
      () => true,
    );
  await eventually(gone);
  await isReady(touchline, "payment-link");
};

const cancel = async (touchline: Running, { registrationId, stream }: Awaited<ReturnType<typeof paidFamily>>) => {
  const client = connectRegistrationClient(touchline.stack.urls.grpc, { timeoutMs: 10_000, now: () => new Date() });
  await client.cancelRegistration({ registrationId, reason: "The test is over." });
  client.close();
  await event(touchline, stream, "PaymentLinkClosed");
};

export const season = ({ touchline }: Scene): InjectedFailure[] => {
  let family: Awaited<ReturnType<typeof paidFamily>>;
  return [
    {
      what: "SEASON_END is that of the season before, and a family has paid for the one that lasts",
      raises: ["SeasonNotConfigured"],
      make: async () => {
        family = await paidFamily(touchline);
        await restart(touchline);
      },
      fix: async () => {
        await cancel(touchline, family);
        await restart(touchline);
      },
    },
    {
      what: "the bank refuses one monthly fee after another",
      raises: ["MonthsFailing"],
      // Several at once: the alert counts those of some seconds, and a busy machine is slow.
      meanwhile: () => atOnce(4, () => failMonth(touchline, family)),
    },
  ];
};
