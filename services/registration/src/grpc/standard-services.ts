import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { RegistrationService } from "@touchline/contracts";
import type { Health } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import { service as healthService } from "grpc-health-check";

interface HealthRequest {
  readonly service: string;
}
interface HealthAnswer {
  readonly status: "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";
}

const names: ReadonlySet<string> = new Set(["", RegistrationService.typeName]);
const WATCH_MS = 5_000;

/**
 * Serves `grpc.health.v1.Health` with the answer of `/health/ready`. It needs no token: the answer is only whether to send calls here.
 * The package's own implementation keeps statuses that somebody has to set; this one asks when it is asked.
 */
export const addHealthService = (server: Server, health: Health, runtime: Pick<Runtime, "every">): void => {
  // Callers need no token, so all that ask at once share one look.
  let looking: Promise<HealthAnswer> | undefined;
  const look = async (): Promise<HealthAnswer> => ({
    status: (await health.report()).ready ? "SERVING" : "NOT_SERVING",
  });
  const present = (): Promise<HealthAnswer> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  const watch = (call: ServerWritableStream<HealthRequest, HealthAnswer>) => {
    if (!names.has(call.request.service)) return void call.write({ status: "SERVICE_UNKNOWN" });
    let last: HealthAnswer["status"] | undefined;
    const follow = async () => {
      const now = await present();
      if (now.status !== last && !call.cancelled) call.write(now);
      last = now.status;
    };
    const stop = runtime.every(WATCH_MS, () => void follow());
    call.on("cancelled", stop);
    void follow();
  };

  server.addService(healthService, {
    check: ({ request }: ServerUnaryCall<HealthRequest, HealthAnswer>, answer: sendUnaryData<HealthAnswer>) => {
      if (names.has(request.service)) void present().then((now) => answer(null, now));
      else answer({ code: status.NOT_FOUND, details: "There is no such service here." });
    },
    list: (_call: unknown, answer: sendUnaryData<{ statuses: Record<string, HealthAnswer> }>) =>
      void present().then((now) =>
        answer(null, { statuses: Object.fromEntries([...names].map((name) => [name, now])) }),
      ),
    watch,
  });
};

const createReflection = (): ReflectionService => {
  const files = new Map<string, DescFile>();
  const collect = (file: DescFile): void => {
    if (files.has(file.name)) return;
    file.dependencies.forEach(collect);
    files.set(file.name, file);
  };
  collect(RegistrationService.file);
  const set = create(FileDescriptorSetSchema, { file: [...files.values()].map(({ proto }) => proto) });
  const contract = loadFileDescriptorSetFromBuffer(Buffer.from(toBinary(FileDescriptorSetSchema, set)));
  const ofHealth = Object.entries(healthService).map(([name, { requestType }]) => [name, requestType] as const);
  return new ReflectionService({ ...contract, ...Object.fromEntries(ofHealth) });
};

const reflection = createReflection();

/** Serves `grpc.reflection.v1` and `v1alpha`: the contract of `proto/`, which is public. It has no data and needs no token. */
export const addReflectionService = (server: Server): void => reflection.addToServer(server);
