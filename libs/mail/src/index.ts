export { type MailSettings, readMail, readMailAddress } from "./config.ts";
export { createMailer, type Mail, type Mailer, SENDING_MS } from "./mailer.ts";
export { type MailOutcome, mailOutcomes } from "./outcome.ts";
