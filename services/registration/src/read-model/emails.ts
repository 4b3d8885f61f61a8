import type { StoredEvent } from "@touchline/event-store";

/** The status of an e-mail to the parent, sent instead of a text. */
export type EmailStatus = "pending" | "sent" | "refused" | "unknown" | "withdrawn";

export interface LinkEmail {
  readonly stream: string;
  readonly status: EmailStatus;
  /** The log position of its request. */
  readonly at: string;
}

const statusAfter: Readonly<Record<string, EmailStatus>> = {
  EmailSent: "sent",
  EmailRefused: "refused",
  EmailOutcomeUnknown: "unknown",
  EmailWithdrawn: "withdrawn",
};

/** The e-mails after an event of one of them; the same array when the event adds nothing. */
export const applyEmail = (emails: readonly LinkEmail[], { type, stream, position }: StoredEvent) => {
  const index = emails.findIndex((email) => email.stream === stream);
  const found = emails[index];
  if (type === "EmailRequested")
    return found ? emails : [...emails, { stream, status: "pending" as const, at: String(position) }];
  const status = statusAfter[type];
  return found && status && found.status !== status ? emails.with(index, { ...found, status }) : emails;
};

/** The newest that was not withdrawn. */
export const emailStatus = (emails: readonly LinkEmail[]): EmailStatus | null =>
  emails
    .filter(({ status }) => status !== "withdrawn")
    .reduce<LinkEmail | undefined>((a, b) => (a && BigInt(a.at) > BigInt(b.at) ? a : b), undefined)?.status ?? null;
