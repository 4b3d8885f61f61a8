export { type Doors, openDoors, type PutBack } from "./doors.ts";
export {
  type Infrastructure,
  type InfrastructurePorts,
  prepareInfrastructure,
  startInfrastructure,
} from "./infrastructure.ts";
export { metric } from "./metric.ts";
export { type NatsCluster, type NatsNode, startNatsCluster } from "./nats-cluster.ts";
export { eventStoreServer, natsServer, type Server } from "./server.ts";
export { type ProcessOptions, root, type ServiceProcess, startProcess } from "./service-process.ts";
