import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Registration } from "@touchline/contracts";
import type { RegistrationClient } from "@touchline/contracts/client";
import { londonTime } from "@touchline/london";
import { maskPhone } from "@touchline/uk-phone";
import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print, revealOption } from "../formats.ts";
import { withRegistrationService } from "../registration-service.ts";
import { readSince } from "../since.ts";

interface Flags extends FormatFlags {
  readonly unpaid?: boolean;
  readonly undelivered?: boolean;
  readonly since?: Date;
  readonly limit?: number;
  readonly reveal?: boolean;
}

const TABLE_LIMIT = 50;
const PAGE_SIZE = 500;

export const addList = (program: Command, context: Context): void => {
  program
    .command("list")
    .summary("registrations with their payment and text status")
    .description("Lists registrations, newest first. The filters may be combined.")
    .option("--unpaid", "only those whose fee is open, failed or charged back")
    .option("--undelivered", "only those whose text did not arrive")
    .option(
      "--since <when>",
      "only those registered since 2026-11-01, today, 24h, 7d …",
      readSince(context.runtime.now),
    )
    .option("--limit <count>", `at most so many (default: ${TABLE_LIMIT} in a table, all in JSON and CSV)`, readCount)
    .addOption(jsonOption())
    .addOption(csvOption())
    .addOption(revealOption())
    .action(async (flags: Flags) => {
      const limit = flags.limit ?? (flags.json || flags.csv ? Number.POSITIVE_INFINITY : TABLE_LIMIT);
      const { rows, more } = await withRegistrationService(context, (service) => take(service, flags, limit));
      if (rows.length === 0 && !flags.json && !flags.csv) context.say("No registration matches.");
      else print(context, flags, fieldsFor(flags), rows);
      if (more) context.say(`There are more: --limit 1000, or --csv for all.`);
    });
};

const readCount = (text: string): number => {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Say a whole number from 1.");
};

const take = async (service: RegistrationClient, flags: Flags, limit: number) => {
  const rows: Registration[] = [];
  for await (const row of all(service, flags.since)) {
    if (!matches(row, flags)) continue;
    if (rows.length === limit) return { rows, more: true };
    rows.push(row);
  }
  return { rows, more: false };
};

const all = async function* (service: RegistrationClient, since: Date | undefined): AsyncGenerator<Registration> {
  const request = { pageSize: PAGE_SIZE, ...(since && { createdSince: timestampFromDate(since) }) };
  let pageToken = "";
  do {
    const page = await service.listRegistrations({ ...request, pageToken });
    yield* page.registrations;
    pageToken = page.nextPageToken;
  } while (pageToken);
};

const open = ["pending", "failed", "charged_back"];
const unreached = ["undelivered", "failed"];

const matches = (row: Registration, { unpaid, undelivered }: Flags): boolean =>
  (!unpaid || open.includes(row.paymentStatus)) && (!undelivered || unreached.includes(row.smsDeliveryStatus));

const fieldsFor = (flags: Flags): readonly Field<Registration>[] => {
  // People read the club's time, programs ISO 8601.
  const table = !flags.json && !flags.csv;
  const at = (instant: Registration["createdAt"]) => {
    if (!instant) return undefined;
    return table ? londonTime(timestampDate(instant)) : timestampDate(instant).toISOString();
  };
  return [
    { name: "registration_id", heading: "registration", value: (r) => r.registrationId },
    { name: "created_at", heading: "registered", value: (r) => at(r.createdAt) },
    { name: "child_name", heading: "child", value: (r) => r.childName },
    { name: "parent_name", value: (r) => r.parentName, wide: true },
    { name: "team", value: (r) => (table ? `${r.team} ${r.ageGroup}` : r.team) },
    { name: "age_group", value: (r) => r.ageGroup, wide: true },
    { name: "season", value: (r) => r.season, wide: true },
    {
      name: "parent_phone",
      heading: "phone",
      value: (r) => (flags.reveal ? r.parentPhone : maskPhone(r.parentPhone)),
    },
    { name: "payment_status", heading: "payment", value: (r) => r.paymentStatus },
    { name: "paid_at", value: (r) => at(r.paidAt), wide: true },
    { name: "sms_delivery_status", heading: "text", value: (r) => r.smsDeliveryStatus },
    { name: "sms_delivery_error", heading: "why", value: (r) => r.smsDeliveryError || r.paymentTokenError },
    { name: "sms_sent_at", value: (r) => at(r.smsSentAt), wide: true },
    { name: "link_opened_at", value: (r) => at(r.linkOpenedAt), wide: true },
    { name: "billing_request_id", value: (r) => r.billingRequestId, wide: true },
    { name: "signing_fee_pence", value: (r) => r.signingFeePence, wide: true },
    { name: "monthly_fee_pence", value: (r) => r.monthlyFeePence, wide: true },
    { name: "phone_needs_correction", value: (r) => r.phoneNeedsCorrection, wide: true },
  ];
};
