export { decides } from "./decides.ts";
export { storedEvent } from "./stored-event.ts";
