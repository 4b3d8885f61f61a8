import type { EventStore, StoredEvent } from "@touchline/event-store";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { newFileArgument, writeNew } from "../new-file.ts";
import { Problem } from "../problem.ts";
import { withStore } from "../store.ts";

interface Seen {
  readonly at: string;
  /** A word of `npm run rehearse -- --log`. */
  readonly what: string;
}

export const addExportSeason = (program: Command, context: Context): void => {
  program
    .command("export-season")
    .summary("what happened to each family and when, without saying who they are, for a rehearsal")
    .description(
      "Writes a line for each registration, payment, payment that went back, correction and cancellation to a new file. Families are " +
        "numbers in it; it has no names, phone numbers, amounts or ids. npm run rehearse -- --log reads it. The times are exact, so " +
        "somebody who knows when a family registered may recognise it: keep the file in the club.",
    )
    .argument("<file>", newFileArgument)
    .action(async (file: string) => {
      const { lines, families } = await withStore(context.config(), pseudonymised);
      if (families === 0) throw new Problem("There is no registration in the event store.");
      const place = writeNew(context, file, `${lines.join("\n")}\n`);
      context.say(`${lines.length} lines are in ${place}; families: ${families}.`);
    });
};

const pseudonymised = async (store: EventStore) => {
  const places = new Map<string, number>();
  const lines: string[] = [];
  for await (const event of store.readAll({ prefixes: ["registration-", "payment-", "sms-"] })) {
    const seen = seenIn(event);
    const { registrationId } = event.data as { readonly registrationId?: string };
    if (!seen || !registrationId) continue;
    const family = places.get(registrationId) ?? places.size + 1;
    places.set(registrationId, family);
    lines.push(JSON.stringify({ family, ...seen }));
  }
  return { lines, families: places.size };
};

const seenIn = ({ type, data }: StoredEvent): Seen | undefined => {
  switch (type) {
    case "RegistrationCompleted":
      return { at: data.acceptedAt, what: "registered" };
    case "RegistrationCancelled":
      return { at: data.cancelledAt, what: "cancelled" };
    case "ParentPhoneCorrected":
      return { at: data.correctedAt, what: "number_corrected" };
    case "PaymentStatusChanged":
      return payment(data.status, data.since);
    case "PaymentLinkReopened":
      return data.feePence === 0 && data.missedAt && !data.amended
        ? { at: data.reopenedAt, what: "month_missed" }
        : undefined;
    case "MonthlyStatusChanged":
      return data.mandate === "gone" && data.behindPence === 0 && data.mandateGoneAt
        ? { at: data.mandateGoneAt, what: "mandate_gone" }
        : undefined;
    case "TextsStopped":
      return { at: data.stoppedAt, what: "opted_out" };
    case "TextStatusChanged":
      if (data.failure === "opted_out") return { at: data.changedAt, what: "opted_out" };
      return data.failure?.startsWith("number_") ? { at: data.changedAt, what: "not_delivered" } : undefined;
    default:
      return undefined;
  }
};

const payment = (status: string, at: string): Seen | undefined => {
  if (status === "waived") return { at, what: "settled" };
  return status === "paid" || status === "failed" || status === "charged_back" ? { at, what: status } : undefined;
};
