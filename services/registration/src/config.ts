import { join } from "node:path";
import { pounds, REMINDER_DAYS_RULE, reminderDaysIn } from "@touchline/contracts";
import { type RecoveryTimes, readRecoveryTimes } from "@touchline/event-store";
import { readEventStoreUrl } from "@touchline/event-store/address";
import { type MailSettings, readMail, readMailAddress } from "@touchline/mail/config";
import { type NatsAddress, readNats } from "@touchline/messaging/address";
import { readConfig } from "@touchline/service/env";
import { operatorsPath } from "./people/operators-file.ts";
import type { Fees } from "./registration/decide.ts";
import type { SuspensionRules } from "./registration/suspend.ts";
import { canBeMeant, FEE_PENCE_MAX } from "./registration/validate.ts";

export interface Config {
  readonly eventStoreUrl: string;
  readonly nats: NatsAddress;
  /** The address that gRPC and HTTP bind to. */
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** The SQLite file of the read model. */
  readonly databasePath: string;
  /** The SQLite file of what happened by day. */
  readonly daysPath: string;
  readonly ledgerPath: string;
  /** Required from every gRPC call if set. */
  readonly gatewayToken: string | undefined;
  /** The operators: who they are, and what each may do. */
  readonly operatorsPath: string;
  /** One shared key, used only while there are no named operators. */
  readonly adminToken: string | undefined;
  /** Proxies whose X-Forwarded-* headers are trusted. */
  readonly trustProxy: string | undefined;
  readonly clubName: string;
  /** Used for registrations that come without fees. */
  readonly fees: Fees;
  /** How many months after its season a family is erased; never if undefined. */
  readonly retentionMonths: number | undefined;
  /** Whether the fees are play money, at GoCardless's sandbox or a stand-in. */
  readonly testFees: boolean;
  /** Undefined when the club sends no e-mail. */
  readonly mail: MailSettings | undefined;
  /** Whether a parent's address is stored. */
  readonly keepsEmail: boolean;
  /** The people of the club who are e-mailed in the morning. */
  readonly digests: {
    readonly secretary: string | undefined;
    /** By team, spelt as in registrations. */
    readonly managers: readonly { readonly team: string; readonly email: string }[];
    /** The board's address, for the link. */
    readonly boardUrl: string | undefined;
  };
  /** When unpaid families are suspended; undefined for never. */
  readonly suspension: SuspensionRules | undefined;
  /** How the service looks for acknowledged work whose message never arrived. */
  readonly recovery: RecoveryTimes;
}

/** The test set-up charges a pound; with real money the club sets the amount. */
const TEST_FEE_PENCE = 100;
const ADMIN_TOKEN_MIN = 16;
/** docker-compose.yml's, so everybody knows it. */
const PUBLIC_TOKEN = "sandbox-gateway-token";

export const registrationConfig = (env: NodeJS.ProcessEnv): Config =>
  readConfig(env, (read) => {
    const live = read.optional("GOCARDLESS_ENVIRONMENT") === "live";
    const fee = (name: string) => {
      const pence = read.integer(name, { min: 0, max: FEE_PENCE_MAX, ...(!live && { fallback: TEST_FEE_PENCE }) });
      if (!canBeMeant(pence, !live))
        read.violation(`${name} is in pence: ${pounds(pence)} cannot be meant. Write 4500 for £45, or 0 for no fee.`);
      return pence;
    };
    const port = (name: string, fallback: number) => read.integer(name, { fallback, min: 0, max: 65_535 });
    const mail = readMail(read);
    const dataDir = read.text("DATA_DIR", "data");
    const gatewayToken = read.optional("GATEWAY_TOKEN");
    if (live && gatewayToken === PUBLIC_TOKEN)
      read.violation("GATEWAY_TOKEN is a published example. Set one of your own.");
    const adminToken = read.optional("ADMIN_TOKEN");
    if (adminToken !== undefined && adminToken.length < ADMIN_TOKEN_MIN) {
      read.violation(
        `ADMIN_TOKEN must have at least ${ADMIN_TOKEN_MIN} characters: it opens the board to anyone who has it.`,
      );
    }
    return {
      eventStoreUrl: readEventStoreUrl(read, "esdb://127.0.0.1:2113?tls=false"),
      nats: readNats(read, "nats://127.0.0.1:4222"),
      host: read.text("HOST", "127.0.0.1"),
      grpcPort: port("GRPC_PORT", 50_051),
      httpPort: port("REGISTRATION_PORT", 8001),
      databasePath: join(dataDir, "registration", "registrations.sqlite"),
      daysPath: join(dataDir, "registration", "days.sqlite"),
      ledgerPath: join(dataDir, "registration", "ledger.sqlite"),
      gatewayToken,
      operatorsPath: operatorsPath(read, dataDir),
      adminToken,
      trustProxy: read.proxies("TRUST_PROXY"),
      clubName: read.text("CLUB_NAME", "Touchline"),
      fees: { signingFeePence: fee("SIGNING_FEE_PENCE"), monthlyFeePence: fee("MONTHLY_FEE_PENCE") },
      suspension: readSuspension(read, env),
      retentionMonths: retentionMonths(read),
      testFees: !live,
      mail,
      keepsEmail: mail !== undefined,
      digests: readDigests(read, mail !== undefined),
      recovery: readRecoveryTimes(read),
    };
  });

type Read = Parameters<Parameters<typeof readConfig>[1]>[0];

/** Undefined if data is kept for good. */
export const retentionMonths = (read: Read): number | undefined =>
  read.optional("RETENTION_MONTHS") ? read.integer("RETENTION_MONTHS", { min: 1, max: 240 }) : undefined;

const readDigests = (read: Read, sendsMail: boolean): Config["digests"] => {
  const secretary = readMailAddress(read, "SECRETARY_EMAIL", read.optional("SECRETARY_EMAIL"));
  const managers = (read.optional("TEAM_MANAGERS") ?? "")
    .split(";")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [team = "", email = "", ...rest] = entry.split("=").map((part) => part.trim());
      if (!team || rest.length > 0)
        read.violation("TEAM_MANAGERS must be as in Tigers=sam@club.example;Lions=kim@club.example.");
      return { team, email: readMailAddress(read, `TEAM_MANAGERS, of ${team},`, email) ?? "" };
    });
  if (new Set(managers.map(({ team }) => team)).size < managers.length)
    read.violation("TEAM_MANAGERS names a team twice.");
  if (!sendsMail && (secretary !== undefined || managers.length > 0))
    read.violation("SECRETARY_EMAIL and TEAM_MANAGERS need SMTP_URL: without it no e-mail is sent.");
  const boardUrl = read.optional("BOARD_URL") && read.url("BOARD_URL", { protocols: ["http:", "https:"] });
  return { secretary, managers, boardUrl: boardUrl || undefined };
};

/** Off unless set. The notification service uses the same reminder days. */
const readSuspension = (read: Read, env: NodeJS.ProcessEnv): SuspensionRules | undefined => {
  if (!read.optional("SUSPEND_AFTER_DAYS")) return undefined;
  const afterDays = read.integer("SUSPEND_AFTER_DAYS", { min: 1, max: 90 });
  const days = reminderDaysIn(read.optional("REMINDER_DAYS") ?? env.REMINDER_DAYS);
  if (!days) read.violation(REMINDER_DAYS_RULE);
  return { afterDays, lastReminderDay: days?.at(-1) };
};

/** For people, so that a fee that was entered in pounds by mistake is obvious. */
export const feesInPounds = ({ signingFeePence, monthlyFeePence }: Fees) => ({
  signingFee: pounds(signingFeePence),
  monthlyFee: pounds(monthlyFeePence),
});
