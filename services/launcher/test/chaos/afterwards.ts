import type { GoCardlessStandIn, TwilioStandIn } from "@touchline/sandbox";
import type { Runtime } from "@touchline/service/runtime";
import { grpcStranger } from "../outsiders.ts";
import type { Instance } from "./instances.ts";
import { type Load, nameIn } from "./load.ts";

/** So many registrations are looked at: a client may tap some hundred links a minute. */
const SAMPLE = 300;
/** Views and Twilio's reports may be late by this much. */
const SETTLES_WITHIN_MS = 120_000;

interface World {
  readonly twilio: TwilioStandIn;
  readonly goCardless: GoCardlessStandIn;
  readonly instances: readonly Instance[];
}

interface Row {
  readonly billing_request_id: string;
  readonly sms_delivery_status: string;
}

/** A registration of the sample, and the link in its text. */
interface Sampled {
  readonly name: string;
  readonly registrationId: string;
  readonly linkId: string;
}

/** A sentence for each registration of a sample that an instance shows wrongly, or whose link does not lead to GoCardless. */
export const lookAfterwards = async (load: Load, world: World, runtime: Runtime): Promise<string[]> => {
  const sampled = sampleOf(load, world.twilio);
  const looks = world.instances.flatMap((instance) => {
    if (instance.name.startsWith("registration")) return rowsAreRight(instance, sampled, runtime);
    if (instance.name.startsWith("payment-link")) return linksLeadOn(instance, sampled, world.goCardless);
    return [];
  });
  return (await Promise.all(looks)).flat();
};

const sampleOf = ({ acknowledged, registrationIds }: Load, { messages }: TwilioStandIn): Sampled[] => {
  const links = new Map(messages.map(({ body }) => [nameIn(body), /\/reg_setup\/(\w+)/.exec(body)?.[1]] as const));
  const every = Math.ceil(acknowledged.size / SAMPLE);
  return [...acknowledged].flatMap((name, i) => {
    const linkId = links.get(name);
    return i % every === 0 && linkId ? { name, registrationId: registrationIds.get(name) ?? "", linkId } : [];
  });
};

const rowsAreRight = async (instance: Instance, sampled: readonly Sampled[], runtime: Runtime): Promise<string[]> => {
  const gateway = await grpcStranger(instance.grpcTarget);
  const wrong = async ({ name, registrationId, linkId }: Sampled): Promise<string[]> => {
    try {
      const row = await gateway.call<Row>("GetRegistration", { registration_id: registrationId });
      const right = row.billing_request_id === linkId && row.sms_delivery_status === "delivered";
      return right ? [] : [`${instance.name}: ${name}: ${row.billing_request_id} ${row.sms_delivery_status}`];
    } catch (error) {
      return [`${instance.name}: ${name}: ${String(error)}`];
    }
  };
  const end = runtime.monotonicMs() + SETTLES_WITHIN_MS;
  for (;;) {
    const found = (await Promise.all(sampled.map(wrong))).flat();
    if (found.length === 0 || runtime.monotonicMs() > end) {
      gateway.close();
      return found;
    }
    await runtime.sleep(1_000);
  }
};

const linksLeadOn = async (
  { name: instance, url }: Instance,
  sampled: readonly Sampled[],
  goCardless: GoCardlessStandIn,
): Promise<string[]> => {
  const wrong: string[] = [];
  for (const { name, linkId } of sampled) {
    const headers = { "user-agent": "Mozilla/5.0 (iPhone)" };
    const tapped = fetch(`${url}/reg_setup/${linkId}`, { headers, redirect: "manual" });
    const answer = await tapped.catch((error: unknown) => String(error));
    if (typeof answer === "string") wrong.push(`${instance}: ${name}: ${answer}`);
    else if (answer.status !== 303 || !answer.headers.get("location")?.startsWith(goCardless.url))
      wrong.push(`${instance}: ${name}: ${answer.status}`);
  }
  return wrong;
};
