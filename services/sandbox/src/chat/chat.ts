import type { Runtime } from "@touchline/service";
import { Changes } from "../stand-in/signals.ts";
import { type Keeper, Table } from "../stand-in/table.ts";
import type { CallOutcome, ChatGateway } from "./chat-gateway.ts";
import type { Progress } from "./progress.ts";
import { chatSample, type NewRegistration, registrationFromForm } from "./sample.ts";

export type Line = { readonly id: string; readonly at: string; readonly who: "parent" | "club"; readonly text: string };

/** A registration that this chat has completed, and how far it has got. */
export type Followed = {
  readonly id: string;
  readonly at: string;
  readonly childName: string;
  readonly parentPhone: string;
  readonly progress?: Progress;
};

export type ChatOptions = {
  readonly gateway: ChatGateway;
  readonly keeper: Keeper;
  readonly runtime: Pick<Runtime, "now" | "uuid">;
};

/** Registrations that are still followed after a restart. */
const FOLLOWED = 20;

const GREETING =
  "Hello! This is a stand-in for the club’s assistant. Type lah to complete a sample registration, or fill in the form below.";
const HELP =
  "I know three things: lah completes a sample registration, again sends the text again, and a new number corrects the last one.";
const UNREACHABLE = "The club’s system cannot be reached right now. Please try again in a moment.";

/** The chat with a parent: carries out what they type, and follows the registrations that it has started. */
export class Chat {
  readonly changes = new Changes();
  readonly lines: Table<Line>;
  readonly followed: Table<Followed>;
  readonly #options: ChatOptions;
  readonly #stopped = new AbortController();

  constructor(options: ChatOptions) {
    this.#options = options;
    this.lines = new Table("chat.lines", options.keeper, this.changes.announce);
    this.followed = new Table("chat.registrations", options.keeper, this.changes.announce);
    if (this.lines.size === 0) this.#say("club", GREETING);
    for (const registration of this.followed.newest().slice(0, FOLLOWED)) this.#follow(registration);
  }

  /** What the parent typed. */
  async hear(text: string): Promise<void> {
    const words = text.trim();
    if (words === "") return;
    this.#say("parent", words);
    if (/^lah$/i.test(words))
      await this.complete(chatSample(this.#options.runtime.uuid(), this.#options.runtime.now()));
    else if (/^again$/i.test(words)) await this.#again();
    else if (/^[+\d][\d\s()-]{6,}$/.test(words)) await this.#correct(words);
    else this.#say("club", HELP);
  }

  /** The short form. Returns the refusals, to be shown by the fields. */
  submit(form: Readonly<Record<string, string | undefined>>): Promise<CallOutcome> {
    return this.complete(registrationFromForm(this.#options.runtime.uuid(), form, this.#options.runtime.now()));
  }

  async complete(registration: NewRegistration): Promise<CallOutcome> {
    const outcome = await this.#options.gateway.complete(registration);
    if (this.#stopped.signal.aborted) return outcome;
    if (outcome.kind === "done") {
      const followed = this.followed.put({
        id: registration.registrationId,
        at: this.#options.runtime.now().toISOString(),
        childName: `${registration.child.firstName} ${registration.child.lastName}`,
        parentPhone: registration.parentPhone,
      });
      this.#follow(followed);
    } else this.#excuse(outcome);
    return outcome;
  }

  stop(): void {
    this.#stopped.abort();
    this.#options.gateway.close();
  }

  async #again(): Promise<void> {
    const latest = this.followed.newest()[0];
    if (latest === undefined)
      return this.#say("club", "There is no registration yet. Type lah to complete a sample one.");
    const outcome = await this.#options.gateway.resend(latest.id);
    if (outcome.kind === "done") this.#say("club", "I have asked for the text to be sent again.");
    else this.#excuse(outcome);
  }

  async #correct(number: string): Promise<void> {
    const latest = this.followed.newest()[0];
    if (latest === undefined)
      return this.#say("club", "There is no registration yet. Type lah to complete a sample one.");
    const outcome = await this.#options.gateway.correctPhone(latest.id, number);
    if (outcome.kind !== "done") return this.#excuse(outcome);
    if (this.#stopped.signal.aborted) return;
    this.followed.put({ ...(this.followed.get(latest.id) ?? latest), parentPhone: number });
    this.#say("club", `Thank you. The text goes to ${number}.`);
  }

  #excuse(outcome: Exclude<CallOutcome, { kind: "done" }>): void {
    if (outcome.kind === "unreachable") {
      this.#say("club", UNREACHABLE);
      return;
    }
    const violations = outcome.fields.map(({ field, message }) => `${field}: ${message}`).join("\n");
    this.#say("club", violations === "" ? outcome.message : `That did not work.\n${violations}`);
  }

  #say(who: Line["who"], text: string): void {
    if (this.#stopped.signal.aborted) return;
    this.lines.put({ id: this.#options.runtime.uuid(), at: this.#options.runtime.now().toISOString(), who, text });
  }

  #follow(registration: Followed): void {
    this.#options.gateway.watch(
      registration.id,
      registration.progress?.position ?? "",
      (progress) => {
        const current = this.followed.get(registration.id);
        if (current !== undefined && !this.#stopped.signal.aborted) this.followed.put({ ...current, progress });
      },
      this.#stopped.signal,
    );
  }
}
