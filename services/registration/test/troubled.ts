import { randomUUID } from "node:crypto";
import type { createWorld } from "./families.ts";

type World = ReturnType<typeof createWorld>;
type Money = Parameters<World["months"]>[2];

export interface Family {
  readonly id: string;
  readonly phone: string;
}

const DAYS_AGO = 3;
const refusal = { code: "validation_failed", reason: "creditor is not verified" };

/** A family for each reason to be on Today. */
export const troubledFamilies = async (world: World) => {
  let count = 0;
  const register = async (firstName: string, more: object = {}): Promise<Family> => {
    const [id, phone] = [randomUUID(), `+447700900${800 + ++count}`];
    await world.register(id, [firstName, "Adeyemi"], DAYS_AGO, phone, "Owls", more);
    return { id, phone };
  };
  const texted = async (firstName: string, ...end: Parameters<World["text"]>[3]) => {
    const family = { ...(await register(firstName)), link: `BRQTROUBLED${count}` };
    await world.token(family.id, family.link, DAYS_AGO);
    await world.text(family.id, family.link, DAYS_AGO, end, family.phone);
    return family;
  };
  const paid = async (firstName: string, standing: Money) => {
    const family = await texted(firstName, "delivered");
    const fine = { behindPence: 0, monthsMissed: 0, mandate: "active", paidTwicePence: 0 };
    await world.payment(family.id, family.link, "paid", DAYS_AGO - 1);
    await world.months(family.id, family.link, { ...fine, ...standing });
    return family;
  };
  const refundFailed = async () => {
    const family = await paid("Noor", {});
    await world.report(family.id, family.link, "RefundReturned", { refundId: "RF00NOOR" });
    return family;
  };
  const monthsRefused = async () => {
    const family = await paid("Sana", {});
    await world.report(family.id, family.link, "SubscriptionRefused", {
      mandateId: "MD00SANA",
      ...refusal,
      refusedAt: world.at(1),
    });
    return family;
  };

  const replied = await texted("Ada", "delivered");
  await world.reply(replied.id, "I paid the coach in cash", 1);
  const noLink = await register("Theo");
  await world.happens(noLink.id, "PaymentTokenRefused", { ...refusal, refusedAt: world.at(DAYS_AGO) });
  const optedOut = await texted("Ben", "delivered");
  await world.optOut(optedOut.phone);
  const mailed = await texted("Ella", "undelivered", "30005");
  await world.emailUnknown(mailed.id, mailed.link);
  const suspended = await texted("Kit", "delivered");
  await world.happens(suspended.id, "RegistrationSuspended", { suspendedAt: world.at(1) });
  return {
    replied,
    suspended,
    optedOut,
    refused: await texted("Finn", "failed", "21614", "refused"),
    unreachable: await texted("Ivy", "undelivered", "30003", "unreachable"),
    twice: await register("Ada", { possibleDuplicateOf: replied.id }),
    paidTwice: await paid("Omar", { paidTwicePence: 4_500 }),
    refundFailed: await refundFailed(),
    monthsRefused: await monthsRefused(),
    mandateGone: await paid("Rosa", { mandate: "gone" }),
    behind: await paid("Zoë", { behindPence: 5_500, monthsMissed: 2 }),
  };
};

export type Troubled = Awaited<ReturnType<typeof troubledFamilies>>;

/** As many as `troubledFamilies` makes. */
export const TROUBLED = 13;
