/**
 * Events that name, describe or address somebody. When a registration is erased, every copy of them is removed.
 * PhoneOptedOut and PhoneOptedIn stay, since an opt-out must outlive the registration that led to it.
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
