import type { PaymentFate } from "@touchline/contracts";
import { linkPayments } from "./link-payments.ts";
import { openWishes, unreadRefunds } from "./refunds.ts";
import type { Link } from "./state.ts";

/** Whether money of this link is still on its way, so that the provider has to know whose it is. */
export const isUnderWay = (link: Link): boolean =>
  linkPayments(link).some(({ last }) => isMoving(last)) ||
  Object.values(link.months).some(({ fate, uncharged }) => !uncharged && isMoving(fate)) ||
  openWishes(link).length > 0 ||
  unreadRefunds(link).length > 0;

/** A payment without any report has still been made. */
const isMoving = (fate: Pick<PaymentFate, "word"> | undefined): boolean =>
  fate === undefined || fate.word === "submitted" || fate.word === "resubmitted";
