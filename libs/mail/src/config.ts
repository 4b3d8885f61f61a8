import type { EnvReader } from "@touchline/service/env";

/** The server that sends our e-mails, and the sender they come from. */
export interface MailSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the start. Otherwise STARTTLS is used if the server offers it, and required before a password is sent. */
  readonly secure: boolean;
  readonly login?: { readonly user: string; readonly pass: string };
  /** For example `Club <club@example.org>`. */
  readonly from: string;
}

const ADDRESS = /^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,190}$/;
const NAMED_ADDRESS = /^[^<>@\r\n]*<([^<>]+)>$/;

const isSender = (from: string): boolean => ADDRESS.test(NAMED_ADDRESS.exec(from)?.[1] ?? from);

/** Reads SMTP_URL and MAIL_FROM; undefined when the club sends no e-mail. */
export const readMail = (read: EnvReader): MailSettings | undefined => {
  const given = read.optional("SMTP_URL");
  if (given === undefined) return undefined;
  const from = read.text("MAIL_FROM");
  if (from && !isSender(from))
    read.violation("MAIL_FROM must be an e-mail address, or a name with one: Club <club@yourclub.example>.");
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url?.hostname || !/^smtps?:$/.test(url.protocol)) {
    read.violation("SMTP_URL must be smtp://user:password@host:587, or smtps:// for TLS from the start (port 465).");
    return undefined;
  }
  const secure = url.protocol === "smtps:";
  const login = url.username && { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  const port = Number(url.port) || (secure ? 465 : 587);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port, secure, ...(login && { login }), from };
};

/** The address of somebody at the club. */
export const readMailAddress = (read: EnvReader, name: string, given: string | undefined): string | undefined => {
  if (given !== undefined && !ADDRESS.test(given)) read.violation(`${name} must be an e-mail address.`);
  return given;
};
