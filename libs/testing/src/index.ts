export { decides } from "./decides.ts";
export { eventually } from "./eventually.ts";
export { type SmallDisk, smallDisk } from "./small-disk.ts";
export { storedEvent } from "./stored-event.ts";
export { processesOf, type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
