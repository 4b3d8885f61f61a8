import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CompleteRegistrationRequestSchema, seasonOn } from "@touchline/contracts";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";

export type SampleRegistration = MessageInitShape<typeof CompleteRegistrationRequestSchema> & {
  readonly registrationId: string;
};

/** The registration that `lah` completes in a test set-up: £1 to sign on and £1 a month. */
export const sampleRegistration = (parentPhone: string, runtime: Runtime = systemRuntime()): SampleRegistration => ({
  registrationId: runtime.uuid(),
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill", email: "sam@example.org" },
  parentPhone,
  team: "Tigers",
  ageGroup: "u10",
  season: seasonOn(runtime.now().toISOString().slice(0, 10)),
  preferredPaymentDay: 1,
  signingFeePence: 100,
  monthlyFeePence: 100,
});
