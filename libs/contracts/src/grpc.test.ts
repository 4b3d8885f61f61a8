import { expect, test } from "vitest";
import { RegistrationService } from "./gen/touchline/registration/v1/registration_pb.ts";
import { grpcServiceDefinition } from "./grpc.ts";

const method = grpcServiceDefinition(RegistrationService).completeRegistration;
const MONTHLY_FEE = 10;

test("whole pence are accepted and fractions of a penny refused, however a client encodes them", () => {
  const bytes = method?.requestSerialize({ monthlyFeePence: 2_750 }) ?? Buffer.alloc(0);
  expect(method?.requestDeserialize(bytes)).toMatchObject({ monthlyFeePence: 2_750 });
  expect(() => method?.requestSerialize({ monthlyFeePence: 2_750.5 })).toThrow("invalid int32");
  for (const sum of [0.14, 0.33, 27.5, 2_750.5]) {
    const asDouble = Buffer.alloc(9);
    asDouble[0] = (MONTHLY_FEE << 3) | 1;
    asDouble.writeDoubleLE(sum, 1);
    expect(() => method?.requestDeserialize(asDouble), String(sum)).toThrow("monthly_fee_pence is not a whole number");
  }
});
