/** The outcome of handing an e-mail to the server. Codes are SMTP's or nodemailer's. The server's words are dropped: they may hold an address. */
export type MailOutcome =
  | { readonly kind: "sent" }
  /** For good: the cause is this e-mail or its address. */
  | { readonly kind: "refused"; readonly code: string }
  /** Certainly not taken. */
  | { readonly kind: "later"; readonly code: string }
  /** The server had all or part of the content, and never said whether it kept it. */
  | { readonly kind: "unknown"; readonly code: string };

export const mailOutcomes = ["sent", "refused", "later", "unknown"] as const satisfies readonly MailOutcome["kind"][];

/** What nodemailer reports: the server's reply, if any, and the command that it answers. */
export interface MailFault {
  readonly code?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
}

/** Commands whose refusal is about this one e-mail. A refused login or sender is about our settings. */
const aboutMail: ReadonlySet<string | undefined> = new Set(["RCPT TO", "DATA"]);

/** `begun`: the server had begun to read the content. */
export const outcomeOf = ({ code = "", responseCode, command }: MailFault, begun: boolean): MailOutcome => {
  if (responseCode) {
    const forGood = responseCode >= 500 && aboutMail.has(command);
    return { kind: forGood ? "refused" : "later", code: String(responseCode) };
  }
  if (begun) return { kind: "unknown", code };
  // Nodemailer's own codes, before anything was sent: no server accepts such an address.
  return { kind: code === "EENVELOPE" || code === "EMESSAGE" ? "refused" : "later", code };
};
