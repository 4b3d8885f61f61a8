import { spawnSync } from "node:child_process";

/** A Python that has gRPC, and what makes stubs for it; or what is missing. */
export const findPython = (): { command: string; missing?: string } => {
  const knows = (command: string) => spawnSync(command, ["-c", "import grpc, google.protobuf"]).status === 0;
  // Another Python that is first on the PATH does not see Debian's packages.
  const command = ["python3", "/usr/bin/python3"].find(knows);
  if (!command)
    return { command: "", missing: "no python3 that can import grpc (Debian: python3-grpcio, python3-protobuf)" };
  const tools = "command -v protoc && command -v grpc_python_plugin";
  return spawnSync("sh", ["-c", tools]).status === 0
    ? { command }
    : { command, missing: "no protoc with grpc_python_plugin (Debian: protobuf-compiler, protobuf-compiler-grpc)" };
};
