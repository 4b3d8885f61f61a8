import type { Registration } from "@touchline/contracts";
import type { RegistrationClient } from "@touchline/contracts/client";
import type { EventStore } from "@touchline/event-store";
import { readTimeline } from "@touchline/timeline";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print } from "../formats.ts";
import { withRegistrationService } from "../registration-service.ts";
import { withStore } from "../store.ts";
import { changer } from "./changes.ts";
import { allRegistrations } from "./list.ts";

interface Reply {
  readonly registration: Registration;
  readonly body: string;
  readonly receivedAt: string;
}

/** What parents texted back. */
export const addReplies = (program: Command, context: Context): void => {
  const change = changer(context);
  const replies = program.command("replies").summary("what parents texted back, and nobody has dealt with");

  replies
    .command("list")
    .description(
      "Shows what parents texted back and nobody has dealt with: their own words, so take care where they go.",
    )
    .addOption(jsonOption())
    .addOption(csvOption())
    .action(async (flags: FormatFlags) => {
      const open = await withRegistrationService(context, whoReplied);
      const found = await withStore(context.config(), (store) =>
        Promise.all(open.map((one) => openReplies(store, one))),
      );
      if (open.length === 0 && !flags.json && !flags.csv) context.say("Nobody is waiting for an answer.");
      else print(context, flags, fields, found.flat());
    });

  replies
    .command("done")
    .description("Records that what a parent has texted back so far is dealt with.")
    .argument("<registration>", "the registration's id (see replies list)")
    .addOption(jsonOption())
    .action((registrationId: string, flags: { json?: boolean }) =>
      change(flags, async (service) => {
        const answer = await service.markRepliesHandled({ registrationId });
        return { answer, words: answer.changed ? "The replies are dealt with." : "There was no reply to deal with." };
      }),
    );
};

const whoReplied = async (service: RegistrationClient): Promise<Registration[]> => {
  const found: Registration[] = [];
  for await (const registration of allRegistrations(service, { only: ["replied"] })) found.push(registration);
  return found;
};

const openReplies = async (store: EventStore, registration: Registration): Promise<Reply[]> => {
  const { registrationId, billingRequestId } = registration;
  const events = await readTimeline(store, registrationId, { billingRequestId: billingRequestId || null });
  const handled = events.flatMap(({ type, data }) => (type === "RepliesHandled" ? [data.upTo] : []));
  const upTo = handled.sort().at(-1) ?? "";
  return events.flatMap(({ type, data }) =>
    type === "ReplyReceived" && data.receivedAt > upTo ? [{ registration, ...data }] : [],
  );
};

const fields: readonly Field<Reply>[] = [
  { name: "registration_id", heading: "registration", value: ({ registration }) => registration.registrationId },
  { name: "child_name", heading: "child", value: ({ registration }) => registration.childName },
  { name: "team", value: ({ registration }) => registration.team },
  { name: "received_at", heading: "replied", value: ({ receivedAt }) => new Date(receivedAt) },
  { name: "text", value: ({ body }) => body },
];
