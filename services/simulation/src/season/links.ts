import { linkOf } from "./family.ts";
import type { Found, Invariant } from "./found.ts";
import type { Family } from "./life.ts";
import { owing } from "./texts.ts";

/** To GoCardless while something is owed, otherwise to a page that shows the status. */
export const linksLeadSomewhere: Invariant = async (found) => {
  const owes = new Set(owing(found));
  const said = await Promise.all(found.families.map((family) => whereItLeads(family, found, owes.has(family))));
  return said.filter((violation) => violation !== undefined);
};

const whereItLeads = async (family: Family, { world, numbers }: Found, owes: boolean): Promise<string | undefined> => {
  const link = linkOf(family, { world, numbers });
  if (!link) return undefined;
  const { status, headers } = await fetch(link, { headers: { "user-agent": "Mozilla/5.0 (iPhone)" } });
  const isSentOn = status >= 300 && status < 400 && headers.get("location") !== null;
  const fits = owes ? isSentOn : status < 500 && status !== 404;
  return fits ? undefined : `that of ${family.registrationId}, who ${owes ? "owes" : "owes nothing"}: HTTP ${status}`;
};
