import { eventStoreContract } from "../test/contract.ts";
import { memoryEventStore } from "./memory.ts";

eventStoreContract("the in-memory event store", async () => {
  const store = memoryEventStore();
  return { store, close: () => store.close() };
});
