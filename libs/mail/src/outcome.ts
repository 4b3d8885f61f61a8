/** What came of handing an e-mail to the server. Codes are SMTP's or nodemailer's; the server's words may hold an address. */
export type MailOutcome =
  | { readonly kind: "sent" }
  /** For good: it is this e-mail or its address. */
  | { readonly kind: "refused"; readonly code: string }
  /** Not taken, for certain. */
  | { readonly kind: "later"; readonly code: string }
  /** The server had the content, or part of it, and never said whether it keeps it. */
  | { readonly kind: "unknown"; readonly code: string };

export const mailOutcomes = ["sent", "refused", "later", "unknown"] as const satisfies readonly MailOutcome["kind"][];

/** What nodemailer reports: the server's reply, if there was one, and the command that it answers. */
export interface MailFault {
  readonly code?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
}

/** Commands whose refusal is about this one e-mail. That of a login or of our sender is about our settings. */
const aboutMail: ReadonlySet<string | undefined> = new Set(["RCPT TO", "DATA"]);

/** `begun`: the server had begun to read the content. */
export const outcomeOf = ({ code = "", responseCode, command }: MailFault, begun: boolean): MailOutcome => {
  if (responseCode) {
    const forGood = responseCode >= 500 && aboutMail.has(command);
    return { kind: forGood ? "refused" : "later", code: String(responseCode) };
  }
  if (begun) return { kind: "unknown", code };
  // Ours, before anything was sent: no server takes such an address.
  return { kind: code === "EENVELOPE" || code === "EMESSAGE" ? "refused" : "later", code };
};
