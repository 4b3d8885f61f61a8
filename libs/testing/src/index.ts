export { decides } from "./decides.ts";
export { eventually } from "./eventually.ts";
export { storedEvent } from "./stored-event.ts";
export { processesOf, type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
