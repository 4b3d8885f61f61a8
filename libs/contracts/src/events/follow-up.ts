import { Type } from "typebox";
import { NOTE_MAX } from "../limits.ts";
import { eventsOf, Instant, Pence, RegistrationId } from "./define.ts";

const define = eventsOf("registration", "registration");

const noteId = () => Type.String({ pattern: "^[A-Za-z0-9-]{1,64}$", description: "the same for a repeat" });

/** A first or last name. */
export const name = () => Type.String({ minLength: 1, maxLength: 50 });
export const AgeGroup = () => Type.String({ pattern: "^(u([7-9]|1[0-8])|open)$" });

/** Both of them, as they count from then on. */
export const monthlyTerms = () => ({
  monthlyFeePence: Pence(),
  preferredPaymentDay: Type.Integer({ minimum: -1, maximum: 31 }),
});

/** What the club does about a family during its season. */
export const followUpEvents = [
  define(
    "RegistrationSuspended",
    "The last reminder has gone unanswered: the child may not play until the fee is paid.",
    {
      registrationId: RegistrationId(),
      suspendedAt: Instant(),
    },
  ),
  define("RegistrationReinstated", "The suspension has ended.", {
    registrationId: RegistrationId(),
    reason: Type.Union([
      Type.Literal("paid", { description: "or nothing is owed any more" }),
      Type.Literal("operator", { description: "an operator snoozed or exempted the family" }),
    ]),
    reinstatedAt: Instant(),
  }),
  define("RegistrationSnoozed", "An operator keeps reminders and suspension away from a family for a while.", {
    registrationId: RegistrationId(),
    until: Type.Union([
      Instant("an instant that has passed ends it"),
      Type.Literal("season", { description: "exempt for the whole season" }),
    ]),
    snoozedAt: Instant(),
  }),
  define("ReminderRequested", "An operator asked for a reminder to be texted to the family.", {
    registrationId: RegistrationId(),
    count: Type.Integer({ minimum: 1, description: "1 for the first one that was asked for" }),
    requestedAt: Instant(),
  }),
  define("RegistrationReleased", "A possible duplicate is no duplicate: it gets its link and its text.", {
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
      { description: "what differs from before, and nothing else" },
    ),
    count: Type.Integer({ minimum: 1, description: "1 for the first amendment" }),
    amendedAt: Instant(),
  }),
  define(
    "MonthlyTermsAmended",
    "The club agreed another monthly fee, or another payment day, with the parent: for every collection that has not begun.",
    {
      registrationId: RegistrationId(),
      ...monthlyTerms(),
      count: Type.Integer({ minimum: 1, description: "1 for the first time" }),
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
  define("RepliesHandled", "An operator has dealt with the texts that came back from the family.", {
    registrationId: RegistrationId(),
    upTo: Instant("when the newest of them was received"),
    handledAt: Instant(),
  }),
  define("TextsWishRecorded", "An operator, or the chat, recorded whether the parent's present number wants texts.", {
    registrationId: RegistrationId(),
    wanted: Type.Boolean(),
    recordedAt: Instant(),
  }),
] as const;
