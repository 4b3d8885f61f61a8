import { seasonOn } from "@touchline/contracts";

/** The chat's message about a complete registration, with the contract's field names. */
export type NewRegistration = {
  readonly registrationId: string;
  readonly child: { readonly firstName: string; readonly lastName: string };
  readonly parent: { readonly firstName: string; readonly lastName: string; readonly email?: string };
  readonly parentPhone: string;
  readonly team: string;
  readonly ageGroup: string;
  readonly season: string;
  readonly preferredPaymentDay: number;
};

/** The season that a child who registers now would play in. */
export const seasonAt = (now: Date): string => seasonOn(now.toISOString().slice(0, 10));

/** The registration that `lah` completes. The number is from the range that Ofcom reserves for drama. */
export const chatSample = (registrationId: string, now: Date): NewRegistration => ({
  registrationId,
  child: { firstName: "Robin", lastName: "Field" },
  parent: { firstName: "Sam", lastName: "Field", email: "sam@field.example" },
  parentPhone: "07700 900123",
  team: "Tigers",
  ageGroup: "u10",
  season: seasonAt(now),
  preferredPaymentDay: 1,
});

export const ageGroups = [...Array.from({ length: 12 }, (_, index) => `u${index + 7}`), "open"] as const;

type Form = Readonly<Record<string, string | undefined>>;

/** The short form's fields as a registration. Nothing is validated here; that is Touchline's job. */
export const registrationFromForm = (registrationId: string, form: Form, now: Date): NewRegistration => {
  const field = (name: string) => (form[name] ?? "").trim();
  const email = field("parent.email");
  return {
    registrationId,
    child: { firstName: field("child.firstName"), lastName: field("child.lastName") },
    parent: {
      firstName: field("parent.firstName"),
      lastName: field("parent.lastName"),
      ...(email === "" ? {} : { email }),
    },
    parentPhone: field("parentPhone"),
    team: field("team"),
    ageGroup: field("ageGroup"),
    season: field("season") || seasonAt(now),
    preferredPaymentDay: Number(field("preferredPaymentDay")) || 0,
  };
};
