import { outcomeSchema, type Switchable, switchable } from "../stand-in/control.ts";
import type { Account } from "./account.ts";

const schema = outcomeSchema(
  { status: { enum: ["paid_out", "confirmed", "failed", "late_failure", "charged_back"] } },
  ["status"],
);

export const goCardlessSwitches = (account: Account): Switchable => switchable("gocardless", account.faults, schema);
