import { join } from "node:path";
import { type RecoveryTimes, readRecoveryTimes } from "@touchline/event-store";
import { readEventStoreUrl } from "@touchline/event-store/address";
import { readConfig } from "@touchline/service/env";
import type { Fees } from "./registration/decide.ts";
import { FEE_PENCE_MAX } from "./registration/validate.ts";

export interface Config {
  readonly eventStoreUrl: string;
  readonly natsUrl: string;
  /** What gRPC and HTTP bind to. */
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** The SQLite file of the read model. */
  readonly databasePath: string;
  /** The SQLite file of what happened by day. */
  readonly daysPath: string;
  /** Asked of every gRPC call when set. */
  readonly gatewayToken: string | undefined;
  /** Needed to open the board when set; without it the board opens on this machine only. */
  readonly adminToken: string | undefined;
  readonly clubName: string;
  /** For registrations whose gateway leaves the fees to us. */
  readonly fees: Fees;
  /** How acknowledged work is looked for that no message has led to. */
  readonly recovery: RecoveryTimes;
}

/** The test set-up charges a pound; with real money the club says how much. */
const TEST_FEE_PENCE = 100;
const ADMIN_TOKEN_MIN = 16;

export const registrationConfig = (env: NodeJS.ProcessEnv): Config =>
  readConfig(env, (read) => {
    const live = read.optional("GOCARDLESS_ENVIRONMENT") === "live";
    const fee = (name: string) =>
      read.integer(name, { min: 0, max: FEE_PENCE_MAX, ...(!live && { fallback: TEST_FEE_PENCE }) });
    const port = (name: string, fallback: number) => read.integer(name, { fallback, min: 0, max: 65_535 });
    const dataDir = join(read.text("DATA_DIR", "data"), "registration");
    const adminToken = read.optional("ADMIN_TOKEN");
    if (adminToken !== undefined && adminToken.length < ADMIN_TOKEN_MIN) {
      read.violation(
        `ADMIN_TOKEN must have at least ${ADMIN_TOKEN_MIN} characters: it opens the board to anyone who has it.`,
      );
    }
    return {
      eventStoreUrl: readEventStoreUrl(read, "esdb://127.0.0.1:2113?tls=false"),
      natsUrl: read.text("NATS_URL", "nats://127.0.0.1:4222"),
      host: read.text("HOST", "127.0.0.1"),
      grpcPort: port("GRPC_PORT", 50_051),
      httpPort: port("REGISTRATION_PORT", 8001),
      databasePath: join(dataDir, "registrations.sqlite"),
      daysPath: join(dataDir, "days.sqlite"),
      gatewayToken: read.optional("GATEWAY_TOKEN"),
      adminToken,
      clubName: read.text("CLUB_NAME", "Touchline"),
      fees: { signingFeePence: fee("SIGNING_FEE_PENCE"), monthlyFeePence: fee("MONTHLY_FEE_PENCE") },
      recovery: readRecoveryTimes(read),
    };
  });
