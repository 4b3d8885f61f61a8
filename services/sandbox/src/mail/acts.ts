/** What the mail server does with an e-mail. */
export type MailAct =
  | "take"
  /** Rejects the recipient with 550. */
  | "refuse"
  /** 552 to the content. */
  | "refuse_content"
  /** 451: try again later. */
  | "defer"
  /** Takes it, and breaks the connection instead of saying so. */
  | "take_and_break"
  /** Breaks the connection before the content. */
  | "break"
  /** Takes it, and never answers. */
  | "take_and_hang";

const byName: Readonly<Record<string, MailAct>> = {
  refused: "refuse",
  "too-big": "refuse_content",
  later: "defer",
  broken: "take_and_break",
  cut: "break",
  silent: "take_and_hang",
};

/** Mailboxes that misbehave, by the part before the @: `refused@example.org`. Any other takes everything. */
export const actFor = (address: string): MailAct => byName[address.slice(0, address.indexOf("@"))] ?? "take";

export const actors = Object.keys(byName);
