import { projectionFiles as notificationFiles } from "@touchline/notification/projections";
import { projectionFiles as paymentLinkFiles } from "@touchline/payment-link/projections";
import { verify } from "@touchline/projections";
import { projectionFiles as registrationFiles } from "@touchline/registration/projections";
import type { Supervised } from "../world/supervisor.ts";
import type { World } from "../world/world.ts";
import type { Found, Invariant } from "./found.ts";
import { linksLeadSomewhere } from "./links.ts";
import { booksAgree, noRequestLeftOver, paidOnce } from "./money.ts";
import { everybodyTexted, nobodyAtNight, nobodyInVain, noTextTwice } from "./texts.ts";
import { everythingEnded, everythingRelayed } from "./work.ts";

/** Invariants that stay violated once they were. They look only at the stand-ins and the log. */
const always: Readonly<Record<string, Invariant>> = {
  "no service ends by itself": ({ world }) => world.defects,
  "never two texts for one reason": noTextTwice,
  "quiet hours are kept": nobodyAtNight,
  "nobody is texted in vain": nobodyInVain,
  "never two payments for one debt": paidOnce,
};

const atTheEnd: Readonly<Record<string, Invariant>> = {
  ...always,
  "everyone has had a text, or needs a human": everybodyTexted,
  "every billing request is known": noRequestLeftOver,
  "the ledger equals GoCardless's books": booksAgree,
  "every link leads somewhere": linksLeadSomewhere,
  "NATS has every event, once and in order": everythingRelayed,
  "work comes to its end": everythingEnded,
};

/** The violations while things are going wrong, each with its invariant's name. */
export const checkAlways = async (found: Found): Promise<string[]> => {
  const violations: string[] = [];
  for (const [name, holds] of Object.entries(always))
    for (const violation of await holds(found)) violations.push(`${name}: ${violation}`);
  return violations;
};

/** The violations once everything has had time to finish, each with its invariant's name. */
export const checkAll = async (found: Found): Promise<string[]> => {
  const violations: string[] = [];
  for (const [name, holds] of Object.entries(atTheEnd)) {
    // What one check led to, such as a tap, has come to its end before the next one looks.
    await found.gateway.runtime.sleep(60_000);
    for (const violation of await holds(found)) violations.push(`${name}: ${violation}`);
  }
  return violations;
};

/** Each view equals its rebuild. It reads files, which is no part of simulated time: the last thing that is looked at. */
export const checkViews = async ({ services, store }: World): Promise<string[]> => {
  const runtime = { ...store.runtime, sleep: async () => {} };
  const violations: string[] = [];
  for (const { name, projection, path } of services.flatMap(filesOf)) {
    const { found, differences } = await verify({ store: { ...store, runtime }, projection, path, runtime });
    const [first] = differences;
    if (found > 0)
      violations.push(
        `each view equals its rebuild: ${projection.name} of ${name} differs in ${found} rows: ${JSON.stringify(first)}`,
      );
  }
  return violations;
};

const filesBy = {
  registration: registrationFiles,
  notification: notificationFiles,
  "payment-link": paymentLinkFiles,
  relay: () => [],
} as const;

const filesOf = ({ service, name, env }: Supervised) => filesBy[service](env).map((file) => ({ name, ...file }));
