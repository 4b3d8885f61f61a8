import type { Actor } from "../people/roles.ts";
import { type ListFilter, type Sort, sorts } from "../read-model/queries.ts";
import { type Trait, traits } from "../read-model/traits.ts";

/** The lists that the board offers as tabs. */
export const shows = ["all", ...traits] as const;
export type Show = (typeof shows)[number];

export const LIST_PATH = "/admin/registrations";

/** The contents of a list's address, so that Back and a bookmark lead to the same list. */
export interface ListQuery {
  readonly show: Show;
  readonly sort: Sort;
  readonly q: string;
  readonly team: string;
  readonly age: string;
  readonly season: string;
  readonly paid: string;
  readonly text: string;
  /** The token of a page. */
  readonly after: string;
}

/** Anything unknown is ignored. */
export const readListQuery = (query: unknown): ListQuery => {
  const given = Object(query) as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const value = given[name];
    return typeof value === "string" ? value.trim().slice(0, 200) : "";
  };
  return {
    show: shows.find((show) => show === given.show) ?? "all",
    sort: sorts.find((sort) => sort === given.sort) ?? "newest",
    q: text("q"),
    team: text("team"),
    age: text("age"),
    season: text("season"),
    paid: text("paid"),
    text: text("text"),
    after: text("after"),
  };
};

/** Without a position in the list, because a changed list starts at its first page. */
export const listAddress = (path: string, query: ListQuery, changed: Partial<ListQuery> = {}): string => {
  const wanted = { ...query, after: "", ...changed };
  const set = Object.entries(wanted).filter(([name, value]) => value !== "" && value !== unset.get(name));
  return set.length > 0 ? `${path}?${new URLSearchParams(set).toString()}` : path;
};

const unset: ReadonlyMap<string, string> = new Map<keyof ListQuery, string>([
  ["show", "all"],
  ["sort", "newest"],
]);

/** Whether the form filters the list, in addition to the tabs. */
export const isNarrowed = ({ q, team, age, season, paid, text }: ListQuery): boolean =>
  [q, team, age, season, paid, text].some((value) => value !== "");

export const listFilter = (query: ListQuery, { teams }: Pick<Actor, "teams">): ListFilter => ({
  teams,
  search: query.q,
  team: query.team,
  ageGroup: query.age,
  season: query.season,
  paymentStatus: query.paid,
  textStatus: query.text,
  only: traits.filter((trait: Trait) => trait === query.show),
});
