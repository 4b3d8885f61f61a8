export { type MailSettings, readMail, readMailAddress } from "./config.ts";
export { createMailer, type Mail, type Mailer } from "./mailer.ts";
export { type MailOutcome, mailOutcomes } from "./outcome.ts";
