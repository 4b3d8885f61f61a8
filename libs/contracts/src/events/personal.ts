/**
 * Events that name, describe or address somebody: an erased registration's are removed wherever a copy of them is kept.
 * PhoneOptedOut and PhoneOptedIn stay, since an opt-out must outlive whatever led to it.
 */
export const personalEvents = [
  "RegistrationCompleted",
  "ParentPhoneCorrected",
  // Somebody may have written a name into the reason.
  "RegistrationCancelled",
  "RegistrationAmended",
  "NoteAdded",
  "ReplyReceived",
  "SmsRequested",
  "EmailRequested",
] as const;
