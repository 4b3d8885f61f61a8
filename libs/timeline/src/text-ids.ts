import { v5 as uuidv5 } from "uuid";

/** As services/notification names its texts; a test holds the two together. */
const NAMESPACE = "0d7f1c62-0c0e-5a57-9a35-4a1c5d6c1f6e";

const idOf = (registrationId: string, purpose: string, count: number): string =>
  uuidv5(`${registrationId}/${purpose}/${count}`, NAMESPACE);

export interface TextCounts {
  readonly resends: number;
  readonly corrections: number;
  /** How often the link was opened again after its money went back. */
  readonly reopenings: number;
}

/** More reminders than any configuration asks for. */
const REMINDERS_MAX = 20;

/** Every text that a registration with these counts may have; most of the reminders will not exist. */
export const textIdsOf = (registrationId: string, { resends, corrections, reopenings }: TextCounts): string[] => {
  const upTo = (purpose: string, from: number, last: number) =>
    Array.from({ length: last - from + 1 }, (_, i) => idOf(registrationId, purpose, from + i));
  return [
    idOf(registrationId, "payment_link", 0),
    ...upTo("resend", 1, resends),
    ...upTo("corrected_phone", 1, corrections),
    ...upTo("reopened", 1, reopenings),
    ...upTo("confirmation", 0, reopenings),
    ...upTo("reminder", 1, REMINDERS_MAX),
  ];
};
