import { Type } from "typebox";
import { NOTE_MAX } from "../limits.ts";
import { eventsOf, Instant, Pence, RegistrationId } from "./define.ts";

const define = eventsOf("registration", "registration");

const noteId = () => Type.String({ pattern: "^[A-Za-z0-9-]{1,64}$", description: "a repeat has the same id" });

/** A first or last name. */
export const name = () => Type.String({ minLength: 1, maxLength: 50 });
export const AgeGroup = () => Type.String({ pattern: "^(u([7-9]|1[0-8])|open)$" });

/** Both terms, as they apply from then on. */
export const monthlyTerms = () => ({
  monthlyFeePence: Pence(),
  preferredPaymentDay: Type.Integer({ minimum: -1, maximum: 31 }),
});

/** What the club does about a family during its season. */
export const followUpEvents = [
  define(
    "RegistrationSuspended",
    "The fee is unpaid after the last reminder: the child may not play until it is paid.",
    {
      registrationId: RegistrationId(),
      suspendedAt: Instant(),
    },
  ),
  define("RegistrationReinstated", "The suspension has ended.", {
    registrationId: RegistrationId(),
    reason: Type.Union([
      Type.Literal("paid", { description: "the fee was paid, or nothing is owed now" }),
      Type.Literal("operator", { description: "an operator snoozed or exempted the family" }),
    ]),
    reinstatedAt: Instant(),
  }),
  define("RegistrationSnoozed", "An operator snoozed reminders and suspension for a family.", {
    registrationId: RegistrationId(),
    until: Type.Union([
      Instant("an instant in the past ends the snooze"),
      Type.Literal("season", { description: "exempt for the whole season" }),
    ]),
    snoozedAt: Instant(),
  }),
  define("ReminderRequested", "An operator asked for a reminder to be texted to the family.", {
    registrationId: RegistrationId(),
    count: Type.Integer({ minimum: 1, description: "1 for the first one" }),
    requestedAt: Instant(),
  }),
  define("RegistrationReleased", "A possible duplicate turned out not to be one: it gets its link and its text.", {
    registrationId: RegistrationId(),
    releasedAt: Instant(),
  }),
  define("RegistrationAmended", "An operator corrected the team, the age group or a name.", {
    registrationId: RegistrationId(),
    changes: Type.Object(
      {
        team: Type.Optional(Type.String()),
        ageGroup: Type.Optional(AgeGroup()),
        child: Type.Optional(Type.Object({ firstName: name(), lastName: name() })),
        parent: Type.Optional(Type.Object({ firstName: name(), lastName: name() })),
      },
      { description: "only what has changed" },
    ),
    count: Type.Integer({ minimum: 1, description: "1 for the first amendment" }),
    amendedAt: Instant(),
  }),
  define(
    "MonthlyTermsAmended",
    "The club and the parent agreed a new monthly fee or payment day, for every collection that has not begun.",
    {
      registrationId: RegistrationId(),
      ...monthlyTerms(),
      count: Type.Integer({ minimum: 1, description: "1 for the first change" }),
      amendedAt: Instant(),
    },
  ),
  define("NoteAdded", "An operator wrote a note about the family.", {
    registrationId: RegistrationId(),
    noteId: noteId(),
    text: Type.String({ minLength: 1, maxLength: NOTE_MAX }),
    addedAt: Instant(),
  }),
  define("NoteRemoved", "An operator removed a note about the family.", {
    registrationId: RegistrationId(),
    noteId: noteId(),
    removedAt: Instant(),
  }),
  define("RepliesHandled", "An operator has dealt with the family's replies.", {
    registrationId: RegistrationId(),
    upTo: Instant("when the latest of these replies was received"),
    handledAt: Instant(),
  }),
  define(
    "TextsWishRecorded",
    "An operator, or the chat, recorded whether the parent wants texts to the current number.",
    {
      registrationId: RegistrationId(),
      wanted: Type.Boolean(),
      recordedAt: Instant(),
    },
  ),
] as const;
