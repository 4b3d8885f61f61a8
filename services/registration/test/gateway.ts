import { fileURLToPath } from "node:url";
import {
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const proto = fileURLToPath(new URL("../../../proto", import.meta.url));

/** A row as seen by a client that knows only `proto/`. */
export type Answer = Record<string, unknown> & { registration_id: string; position: string };

/** A chat gateway as others would write it: grpc-js with proto-loader on `proto/`, field names as in the file. */
export const connectGateway = (target: string, token?: string) => {
  const definition = loadSync("touchline/registration/v1/registration.proto", {
    includeDirs: [proto],
    keepCase: true,
    longs: String,
    defaults: true,
  });
  // biome-ignore lint/suspicious/noExplicitAny: proto-loader's classes are made at run time.
  const Service = (loadPackageDefinition(definition) as any).touchline.registration.v1.RegistrationService;
  const client = new Service(target, credentials.createInsecure());
  const metadata = new Metadata();
  if (token) metadata.set("authorization", `Bearer ${token}`);
  const call = (method: string, request: object): Promise<Answer> =>
    new Promise((resolve, reject) =>
      client[method](request, metadata, (error: ServiceError | null, answer: Answer) =>
        error ? reject(error) : resolve(answer),
      ),
    );
  return {
    call,
    watch: (registration_id: string, after_position = ""): ClientReadableStream<Answer> =>
      client.WatchRegistration({ registration_id, after_position }, metadata),
    watchAll: (after_position = ""): ClientReadableStream<Answer> =>
      client.WatchRegistrations({ after_position }, metadata),
    close: () => client.close(),
  };
};

/** The design's example, field names as in the file. */
export const zoe = (registration_id: string, more: object = {}) => ({
  registration_id,
  child: { first_name: "Zoë", last_name: "O'Neill" },
  parent: { first_name: "Sam", last_name: "O'Neill", email: "sam@example.org" },
  parent_phone: "07700 900123",
  team: "Tigers",
  age_group: "u10",
  season: "2526",
  preferred_payment_day: 1,
  signing_fee_pence: 100,
  monthly_fee_pence: 100,
  ...more,
});
