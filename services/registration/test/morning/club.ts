import type { createWorld } from "../families.ts";
import { TROUBLED, type Troubled, troubledFamilies } from "../troubled.ts";

type World = ReturnType<typeof createWorld>;

const firstNames = "Zoë Leo Ivy Max Ada Łukasz Noa Ben Mia Sam Ella Jack Amir Freya Theo Priya Finn Rosa Omar Kit";
const lastNames =
  "O’Neill Khan Smith-Jones Featherstonehaugh D’Arcy Wilson Nowak Patel Brown Evans Okafor Li Murphy Green Hall";
const teams = "Badgers Eagles Foxes Hawks Kites Lions Otters Robins Tigers Wolves";

export const FAMILIES = 300;
const USUAL = FAMILIES - TROUBLED;
const PAID = 240;
const DAYS_AGO = 5;
/** Appended at once. */
const BATCH = 20;

const pick = (words: string, n: number): string => {
  const from = words.split(" ");
  return from[n % from.length] ?? "";
};

const digits = (n: number): string => String(n).padStart(3, "0");

export const usualId = (n: number): string => `family-${digits(n)}`;

/** No two children have the same name. */
const usualFamily = async (world: World, n: number): Promise<void> => {
  const [id, link, phone] = [usualId(n), `BRQ00000${digits(n)}`, `+447700900${digits(n)}`];
  const name = [pick(firstNames, n), pick(lastNames, Math.floor(n / 20))] as const;
  await world.register(id, name, DAYS_AGO, phone, pick(teams, Math.floor(n / 2)));
  await world.token(id, link, DAYS_AGO);
  await world.text(id, link, DAYS_AGO, ["delivered"], phone);
  if (n < PAID) await world.payment(id, link, "paid", DAYS_AGO - 1);
};

/** A club in mid-season: most have paid, some owe, and a few need somebody. */
export const fillClub = async (world: World): Promise<Troubled> => {
  for (let first = 0; first < USUAL; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, USUAL - first) }, (_, i) => first + i);
    await Promise.all(batch.map((n) => usualFamily(world, n)));
  }
  return troubledFamilies(world);
};
