import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { paymentStatuses, pounds, type Registration } from "@touchline/contracts";
import type { RegistrationClient } from "@touchline/contracts/client";
import { rowTextStatuses, sorts, traits } from "@touchline/registration";
import { maskPhone } from "@touchline/uk-phone";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print, revealOption } from "../formats.ts";
import { withRegistrationService } from "../registration-service.ts";
import { readSince } from "../since.ts";

interface Flags extends FormatFlags, Partial<Record<(typeof traits)[number], boolean>> {
  readonly team?: string;
  readonly ageGroup?: string;
  readonly season?: string;
  readonly payment?: string;
  readonly text?: string;
  readonly sort?: string;
  readonly since?: Date;
  readonly limit?: number;
  readonly reveal?: boolean;
}

const TABLE_LIMIT = 50;
const PAGE_SIZE = 500;

const who =
  "whom to find: parts of the child's or parent's name, the last digits of the number, a team, an age group, a season, a status, or " +
  "the beginning of a registration id or billing request id";

/** The filters of a list, named as its options. */
const traitWords: Readonly<Record<(typeof traits)[number], string>> = {
  unpaid: "only those whose fee is open, failed or charged back",
  behind: "only those who missed a month, or whose Direct Debit has ended",
  undelivered: "only those whose text did not arrive",
  suspended: "only those who are suspended",
  replied: "only those whose reply nobody has dealt with",
  held: "only those held as a possible duplicate",
  snoozed: "only those kept from reminders and suspension",
  money_failed: "only those whose last refund or record of money failed",
  subscription_refused: "only those whose monthly payments GoCardless has refused",
};

export const addList = (program: Command, context: Context): void => {
  const command = program
    .command("list")
    .summary("registrations with their payment and text status")
    .description("Lists registrations, newest first. The filters may be combined.")
    .argument("[who...]", who);
  for (const trait of traits) command.option(`--${trait}`, traitWords[trait]);
  command
    .option("--team <name>", "only this team, spelt as it was submitted")
    .option("--age-group <group>", "only this age group, such as u10")
    .option("--season <years>", "only this season, such as 2526")
    .addOption(new Option("--payment <status>", "only this payment status").choices(paymentStatuses))
    .addOption(new Option("--text <status>", "only this text status").choices(rowTextStatuses))
    .addOption(new Option("--sort <order>", "oldest_unpaid leaves out those who owe nothing").choices(sorts))
    .option(
      "--since <when>",
      "only those registered since 2026-11-01, today, 24h, 7d …",
      readSince(context.runtime.now),
    )
    .option("--limit <count>", `at most this many (default: ${TABLE_LIMIT} in a table, all in JSON and CSV)`, readCount)
    .addOption(jsonOption())
    .addOption(csvOption())
    .addOption(revealOption())
    .action(async (words: string[], flags: Flags) => {
      const limit = flags.limit ?? (flags.json || flags.csv ? Number.POSITIVE_INFINITY : TABLE_LIMIT);
      const request = requestOf(words.join(" "), flags);
      const { rows, more } = await withRegistrationService(context, (service) => take(service, request, limit));
      if (rows.length === 0 && !flags.json && !flags.csv) context.say("No registration matches.");
      else print(context, flags, fieldsFor(flags), rows);
      if (more) context.say(`There are more: --limit 1000, or --csv for all.`);
    });
};

const readCount = (text: string): number => {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number, 1 or more.");
};

type ListRequest = Parameters<RegistrationClient["listRegistrations"]>[0];

const requestOf = (search: string, flags: Flags): ListRequest => {
  const { team = "", ageGroup = "", season = "", payment = "", text = "", sort = "", since } = flags;
  return {
    search,
    team,
    ageGroup,
    season,
    sort,
    paymentStatus: payment,
    smsDeliveryStatus: text,
    only: traits.filter((trait) => flags[trait]),
    ...(since && { createdSince: timestampFromDate(since) }),
  };
};

const take = async (service: RegistrationClient, request: ListRequest, limit: number) => {
  const rows: Registration[] = [];
  for await (const row of allRegistrations(service, request)) {
    if (rows.length === limit) return { rows, more: true };
    rows.push(row);
  }
  return { rows, more: false };
};

export const allRegistrations = async function* (
  service: RegistrationClient,
  request: ListRequest,
): AsyncGenerator<Registration> {
  let pageToken = "";
  do {
    const page = await service.listRegistrations({ ...request, pageSize: PAGE_SIZE, pageToken });
    yield* page.registrations;
    pageToken = page.nextPageToken;
  } while (pageToken);
};

const behindWords = ({ behindPence, mandateStatus }: Registration): string =>
  [behindPence > 0 && pounds(behindPence), mandateStatus === "gone" && "no Direct Debit"].filter(Boolean).join(", ");

const fieldsFor = ({ reveal }: Flags): readonly Field<Registration>[] => {
  const at = (instant: Registration["createdAt"]) => instant && timestampDate(instant);
  return [
    { name: "registration_id", heading: "registration", value: (r) => r.registrationId },
    { name: "created_at", heading: "registered", value: (r) => at(r.createdAt) },
    { name: "child_name", heading: "child", value: (r) => r.childName },
    { name: "parent_name", value: (r) => r.parentName, wide: true },
    { name: "team", value: (r) => r.team, shown: (r) => `${r.team} ${r.ageGroup}` },
    { name: "age_group", value: (r) => r.ageGroup, wide: true },
    { name: "season", value: (r) => r.season, wide: true },
    {
      name: "parent_phone",
      heading: "phone",
      value: (r) => (reveal ? r.parentPhone : maskPhone(r.parentPhone)),
    },
    {
      name: "payment_status",
      heading: "payment",
      value: (r) => r.paymentStatus,
      shown: (r) =>
        r.cancelled && r.paymentStatus !== "cancelled" ? `${r.paymentStatus}, cancelled` : r.paymentStatus,
    },
    { name: "cancelled", value: (r) => r.cancelled, wide: true },
    { name: "behind_pence", heading: "behind", value: (r) => r.behindPence, shown: behindWords },
    { name: "months_missed", value: (r) => r.monthsMissed, wide: true },
    { name: "mandate_status", value: (r) => r.mandateStatus, wide: true },
    { name: "amount_refunded_pence", value: (r) => r.amountRefundedPence, wide: true },
    { name: "paid_twice_pence", value: (r) => r.paidTwicePence, wide: true },
    { name: "money_error", value: (r) => r.moneyError, wide: true },
    { name: "paid_at", value: (r) => at(r.paidAt), wide: true },
    { name: "sms_delivery_status", heading: "text", value: (r) => r.smsDeliveryStatus },
    { name: "sms_delivery_error", heading: "why", value: (r) => r.smsDeliveryError || r.paymentTokenError },
    { name: "sms_sent_at", value: (r) => at(r.smsSentAt), wide: true },
    { name: "link_opened_at", value: (r) => at(r.linkOpenedAt), wide: true },
    { name: "billing_request_id", value: (r) => r.billingRequestId, wide: true },
    { name: "signing_fee_pence", value: (r) => r.signingFeePence, wide: true },
    { name: "monthly_fee_pence", value: (r) => r.monthlyFeePence, wide: true },
    { name: "held", value: (r) => r.held, wide: true },
    { name: "phone_needs_correction", value: (r) => r.phoneNeedsCorrection, wide: true },
  ];
};
