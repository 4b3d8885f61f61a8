import {
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import protobuf from "protobufjs";

// proto/ of this repository, or your copy of it.
const PROTO = process.env.PROTO ?? "proto";
const TARGET = process.env.GRPC_TARGET ?? "127.0.0.1:50051";

const definition = loadSync("touchline/registration/v1/registration.proto", { includeDirs: [PROTO], longs: String });
const { touchline } = loadPackageDefinition(definition) as any;
const client = new touchline.registration.v1.RegistrationService(TARGET, credentials.createInsecure());

const metadata = new Metadata();
if (process.env.GATEWAY_TOKEN) metadata.set("authorization", `Bearer ${process.env.GATEWAY_TOKEN}`);

/** Calls again while Touchline cannot store the registration. Its id makes that safe. */
const complete = async (registration: object): Promise<{ duplicate: boolean }> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await new Promise((resolve, reject) =>
        client.completeRegistration(
          registration,
          metadata,
          { deadline: Date.now() + 5_000 },
          (error: ServiceError | null, answer: any) => (error ? reject(error) : resolve(answer)),
        ),
      );
    } catch (error) {
      const { code } = error as ServiceError;
      const again = code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED;
      if (!again || attempt === 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
    }
  }
};

const details = new protobuf.Root();
details.resolvePath = (_, path) =>
  path.startsWith("google/protobuf/") ? path : `${PROTO}/${path.replace(`${PROTO}/`, "")}`;
details.loadSync(["google/rpc/status.proto", "google/rpc/error_details.proto"]);

/** The fields that were refused, each with words that the chat can show. */
const violationsOf = (error: ServiceError): { field: string; reason: string; description: string }[] => {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (!bytes) return [];
  const { details: any } = details.lookupType("google.rpc.Status").decode(bytes as Buffer) as any;
  const bad = any.find(
    (a: any) => a.type_url.endsWith("/google.rpc.BadRequest") || a.typeUrl?.endsWith("/google.rpc.BadRequest"),
  );
  return bad ? (details.lookupType("google.rpc.BadRequest").decode(bad.value) as any).fieldViolations : [];
};

/** Follows a registration until it is paid; after a break it continues from the last position. */
const watch = async (registrationId: string, onChange: (row: any) => void): Promise<void> => {
  let afterPosition = "";
  for (;;) {
    const stream: ClientReadableStream<any> = client.watchRegistration({ registrationId, afterPosition }, metadata);
    try {
      for await (const row of stream) {
        afterPosition = row.position;
        onChange(row);
        if (["paid", "waived", "cancelled"].includes(row.paymentStatus)) return stream.cancel();
      }
    } catch (error) {
      if ((error as ServiceError).code !== status.UNAVAILABLE) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
};

const registrationId = process.argv[2] ?? crypto.randomUUID();
const registration = {
  registrationId,
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill", email: "sam@example.org" },
  parentPhone: "07700 900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: 1,
};

try {
  await complete({ ...registration, parentPhone: "0161 496 0000" });
} catch (error) {
  for (const { field, description } of violationsOf(error as ServiceError)) console.log(`${field}: ${description}`);
}
console.log((await complete(registration)).duplicate ? "accepted before" : "accepted");
console.log((await complete(registration)).duplicate ? "accepted before" : "accepted");
await watch(registrationId, (row) => {
  console.log(`text ${row.smsDeliveryStatus}, payment ${row.paymentStatus}`);
  if (row.phoneNeedsCorrection) console.log("ask for another number, then call CorrectParentPhone");
});
client.close();
