import { chatSubjects } from "@touchline/contracts";
import type { Messaging } from "@touchline/messaging";
import { accounts, publicUrl } from "../world/settings.ts";
import type { World } from "../world/world.ts";
import type { Act, Family } from "./life.ts";

/** What a family needs to act. */
export interface Around {
  readonly world: World;
  readonly gateway: Messaging;
  /** The number that the family has now. */
  readonly numbers: Map<string, string>;
}

type Do = (family: Family, around: Around) => Promise<string>;

const TRIES = 200;
const TRY_AGAIN_MS = 60_000;

/** Publishes until NATS acknowledges, as the chat gateway does. */
const publish: Do = async (family, { gateway }) => {
  const { runtime } = gateway;
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      await gateway.publishJson(chatSubjects.registrationCompleted, registrationOf(family));
      return "submitted";
    } catch {
      await runtime.sleep(TRY_AGAIN_MS);
    }
  }
  return "could not submit";
};

const registrationOf = ({ registrationId, name, phone }: Family) => ({
  registrationId,
  child: { firstName: name, lastName: "Field" },
  parent: { firstName: "Sam", lastName: "Field" },
  parentPhone: phone.number,
  team: "Tigers",
  ageGroup: "u10",
  season: "2627",
  preferredPaymentDay: 1,
});

const LINK = new RegExp(`${publicUrl}/reg_setup/BRQ[A-Z0-9]+`);

/** The link in the newest text that has arrived on the family's phone. */
export const linkOf = (
  { registrationId }: Family,
  { world, numbers }: { readonly world: World; readonly numbers: ReadonlyMap<string, string> },
): string | undefined =>
  world.providers.twilio.messages
    .filter(({ to, status, body }) => to === numbers.get(registrationId) && status === "delivered" && LINK.test(body))
    .at(-1)
    ?.body.match(LINK)?.[0];

const tap = async (family: Family, around: Around): Promise<Response | string> => {
  const link = linkOf(family, around);
  if (!link) return "has no link to tap";
  try {
    return await fetch(link, { headers: { "user-agent": "Mozilla/5.0 (iPhone)" } });
  } catch {
    return `taps, and the link does not answer`;
  }
};

/** Taps, then does this on GoCardless's page. */
const onPage =
  (choice: string | undefined): Do =>
  async (family, around) => {
    const answer = await tap(family, around);
    if (typeof answer === "string") return answer;
    const page = answer.headers.get("location");
    if (!page || !choice) return `taps: HTTP ${answer.status}`;
    try {
      await fetch(page);
      const [path, query] = page.split("?");
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const acted = await fetch(`${path}/act?${query}`, { method: "POST", headers, body: `do=${choice}` });
      return `taps and chooses ${choice}: HTTP ${acted.status}`;
    } catch {
      return "taps, and the page does not answer";
    }
  };

const text =
  (body: string): Do =>
  async ({ registrationId }, { world, numbers }) => {
    const from = numbers.get(registrationId);
    if (from) await world.providers.twilio.receive({ from, to: accounts.twilio.sender, body });
    return `texts ${body.split(" ")[0]}`;
  };

const by = { actor: { id: "operator-1", role: "admin" } } as const;

/** What an operator does on the board, if the service is up and accepts it. */
const operate =
  (what: string, work: (world: World, family: Family) => Promise<{ readonly kind: string }> | undefined): Do =>
  async (family, { world }) => {
    try {
      const outcome = await work(world, family);
      return `operator: ${what}: ${outcome?.kind ?? "registration is not up"}`;
    } catch (error) {
      return `operator: ${what} failed: ${String(error)}`;
    }
  };

/** Beyond those that families register with. */
const newNumber = (number: string): string => number.replace(/\d{3}$/, (place) => String(Number(place) + 400));

const acts = {
  register: async (family: Family, around: Around) => {
    around.numbers.set(family.registrationId, family.phone.number);
    return publish(family, around);
  },
  registerAgain: publish,
  tap: onPage(undefined),
  tapAndPay: onPage("pay"),
  tapAndLeave: onPage("leave"),
  payFailsLater: onPage("pay-fails-later"),
  stop: text("STOP"),
  start: text("START"),
  reply: text("Hello, is training on?"),
  resend: operate("resend", (world, { registrationId }) => world.registration()?.changes.resend(registrationId, by)),
  cancel: operate("cancel", (world, { registrationId }) =>
    world.registration()?.changes.cancel(registrationId, "moved away", by),
  ),
  correctPhone: async (family: Family, around: Around) => {
    const number = newNumber(family.phone.number);
    const correct = operate("correct", (world, { registrationId }) =>
      world.registration()?.changes.correctPhone(registrationId, number, by),
    );
    const said = await correct(family, around);
    if (said.endsWith("corrected")) around.numbers.set(family.registrationId, number);
    return said;
  },
} as const satisfies Record<Act["what"], Do>;

/** Schedules a family's life on the clock. */
export const live = (family: Family, around: Around): void => {
  const { world } = around;
  const { clock } = world.machine;
  for (const { atMs, what } of family.acts) {
    clock.after(atMs - clock.nowMs(), () => {
      clock.stir();
      world.history.add(family.registrationId, `begins: ${what}`);
      void acts[what](family, around).then((said) => world.history.add(family.registrationId, said));
    });
  }
  const rule = {
    always: undefined,
    unreachable: { status: "undelivered", errorCode: 30003 },
    invalid: { status: "undelivered", errorCode: 30006 },
    silent: { status: "sent" },
  } as const;
  const outcome = rule[family.phone.reach];
  const { faults } = world.providers.twilio;
  if (outcome) faults.set({ outcomes: [...faults.current().outcomes, { on: family.phone.number, ...outcome }] });
};
