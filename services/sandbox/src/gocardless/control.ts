import { outcomeSchema, type Switchable, switchable } from "../stand-in/control.ts";
import type { Account } from "./account.ts";
import { paymentEnds } from "./path.ts";

const schema = outcomeSchema({ status: { enum: paymentEnds } }, ["status"]);

export const goCardlessSwitches = (account: Account): Switchable => switchable("gocardless", account.faults, schema);
