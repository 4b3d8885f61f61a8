import type { RegistrationEvent } from "@touchline/contracts";

type Completed = Extract<RegistrationEvent, { type: "RegistrationCompleted" }>["data"];

/** What a gateway submitted. */
export const completedData = (more: Partial<Completed> = {}): Completed => ({
  registrationId: "r1",
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: "+447700900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2627",
  preferredPaymentDay: 1,
  signingFeePence: 4500,
  monthlyFeePence: 2750,
  defaultedFees: [],
  acceptedAt: "2026-09-01T10:00:00.000Z",
  ...more,
});
