import type { fixed, Story } from "./story.ts";
import type { Tables, When } from "./tables.ts";

type Fixed = ReturnType<typeof fixed>;

interface Kept {
  story: Story;
  /** For a row that is new. */
  fixed?: Fixed;
  /** The last event that showed; absent when only the story has changed. */
  when?: When;
  written: boolean;
}

/**
 * Rows that one transaction touches, each read once and written once: a family's events come close together. Nothing is kept
 * beyond a commit.
 */
export const keepRows = (tables: Tables, changed: ((registrationId: string) => void) | undefined) => {
  const rows = new Map<string, Kept>();
  const links = new Map<string, string>();

  const forget = () => {
    rows.clear();
    links.clear();
  };

  const write = (registrationId: string, kept: Kept): void => {
    if (kept.written) return;
    if (kept.fixed && kept.when) tables.insert(kept.fixed, kept.story, kept.when);
    else if (kept.when) tables.update(registrationId, kept.story, kept.when);
    else tables.remember(registrationId, kept.story);
    if (kept.when) changed?.(registrationId);
  };

  return {
    story: (registrationId: string): Story | undefined => {
      const kept = rows.get(registrationId);
      if (kept) return kept.story;
      const story = tables.story(registrationId);
      if (story) rows.set(registrationId, { story, written: true });
      return story;
    },
    begin: (registrationId: string, fixed: Fixed, story: Story, when: When): void => {
      rows.set(registrationId, { fixed, story, when, written: false });
    },
    change: (registrationId: string, story: Story, when: When | undefined): void => {
      const kept = rows.get(registrationId);
      if (!kept) throw new TypeError("A row is changed that was not read.");
      kept.story = story;
      kept.written = false;
      if (when) kept.when = when;
    },
    /** Whether this was news. */
    link: (stream: string, registrationId: string): boolean => {
      if (links.has(stream)) return false;
      links.set(stream, registrationId);
      return tables.link(stream, registrationId);
    },
    linked: (stream: string): string | undefined => {
      const registrationId = links.get(stream) ?? tables.linked(stream);
      if (registrationId !== undefined) links.set(stream, registrationId);
      return registrationId;
    },
    flush: (): void => {
      for (const [registrationId, kept] of rows) write(registrationId, kept);
      forget();
    },
    forget,
  };
};
