import type { Runtime } from "@touchline/service/runtime";
import { type GrpcStranger, grpcStranger, type NatsStranger } from "../outsiders.ts";
import { inSnakeCase, registrationOf } from "../world.ts";

const ANSWER_WITHIN_MS = 10_000;
const TRIED_AGAIN_AFTER_MS = 500;

export interface Load {
  /** Names of the children whose registrations were acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  /** The registration of each name that was submitted. */
  readonly registrationIds: ReadonlyMap<string, string>;
  /** Submits no more, and resolves when all that was submitted is acknowledged. */
  stop(): Promise<void>;
}

/** The name says which registration a text is for: `Qaaab` and so on, letters only. */
const nameOf = (n: number) =>
  `Q${n
    .toString(26)
    .padStart(4, "0")
    .replaceAll(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)))}`;

export const nameIn = (body: string): string | undefined => /for (Q[a-z]+)!/.exec(body)?.[1];

/** Submits registrations at a steady rate, by gRPC and NATS in turn; one that is not acknowledged is resubmitted. */
export const startLoad = async (
  targets: readonly string[],
  nats: NatsStranger,
  perSecond: number,
  runtime: Runtime,
): Promise<Load> => {
  const gateways = await Promise.all(targets.map((target) => grpcStranger(target)));
  const acknowledged = new Set<string>();
  const registrationIds = new Map<string, string>();
  const pending = new Set<Promise<void>>();
  let count = 0;

  const handIn = async (n: number) => {
    const name = nameOf(n);
    // The number that ends in 000 is the sender, which Twilio texts nothing to; from 800 on are some that act something out.
    const phone = `07700 900${String(1 + (n % 799)).padStart(3, "0")}`;
    const registration = registrationOf(phone, { child: { firstName: name, lastName: "Chaos" } });
    registrationIds.set(name, registration.registrationId);
    for (let attempt = 0; ; attempt++) {
      const gateway = gateways[(n + attempt) % gateways.length] as GrpcStranger;
      const call =
        n % 4 < 2 ? gateway.call("CompleteRegistration", inSnakeCase(registration)) : nats.register(registration);
      if (await answeredWell(call, runtime)) break;
      await runtime.sleep(TRIED_AGAIN_AFTER_MS);
    }
    acknowledged.add(name);
  };
  const cancel = runtime.every(1_000 / perSecond, () => {
    const one = handIn(count++).finally(() => pending.delete(one));
    pending.add(one);
  });
  return {
    acknowledged,
    registrationIds,
    stop: async () => {
      cancel();
      await Promise.all(pending);
      for (const gateway of gateways) gateway.close();
    },
  };
};

const answeredWell = (call: Promise<unknown>, runtime: Runtime): Promise<boolean> =>
  Promise.race([
    call.then(
      () => true,
      () => false,
    ),
    runtime.sleep(ANSWER_WITHIN_MS).then(() => false),
  ]);
