/** From least to most: each may do everything that those before it may. */
export const roles = ["viewer", "operator", "treasurer", "admin"] as const;
export type Role = (typeof roles)[number];

/** Who asks: an operator, or the program that talks to parents. */
export interface Actor {
  /** Opaque; goes into the metadata of the events that follow. */
  readonly id: string;
  readonly role: Role | "gateway";
  /** Only families of these teams; every team when absent. */
  readonly teams?: readonly string[] | undefined;
}

/** What each role, and the chat gateway, may do. Everybody may read what is not listed here. */
const acts = {
  hand_in: { from: "admin", gateway: true },
  resend: { from: "operator", gateway: true },
  correct: { from: "operator", gateway: true },
  cancel: { from: "operator", gateway: true },
  release: { from: "operator", gateway: true },
  amend: { from: "operator", gateway: false },
  note: { from: "operator", gateway: false },
  see_notes: { from: "viewer", gateway: false },
  handle_replies: { from: "operator", gateway: false },
  wish_texts: { from: "operator", gateway: true },
  snooze: { from: "operator", gateway: false },
  remind: { from: "operator", gateway: false },
  move_money: { from: "treasurer", gateway: false },
  see_ledger: { from: "treasurer", gateway: false },
  erase: { from: "admin", gateway: false },
} as const satisfies Record<string, { readonly from: Role; readonly gateway: boolean }>;

export type Act = keyof typeof acts;

export const may = ({ role }: Pick<Actor, "role">, act: Act): boolean =>
  role === "gateway" ? acts[act].gateway : roles.indexOf(role) >= roles.indexOf(acts[act].from);

export const sees = ({ teams }: Pick<Actor, "teams">, team: string): boolean => teams?.includes(team) ?? true;
