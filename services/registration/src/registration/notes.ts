import { type Decided, nothing, type OfKind } from "./decide.ts";
import { checkNote, isChosenId, notAnId, type TextViolation } from "./names.ts";
import { isKnown, type RegistrationState } from "./state.ts";

/** What an operator writes about a family. */
export interface NoteWish {
  /** Chosen by the caller, so that a repeat is safe. */
  readonly noteId: string;
  readonly text: string;
}

/** At any one time; removed notes make room for new ones. */
export const NOTES_MAX = 100;

export type AddNoteResult = OfKind<"noted" | "noted_before" | "too_many_notes" | "not_found">;
export type RemoveNoteResult = OfKind<"note_removed" | "note_removed_before" | "no_such_note" | "not_found">;

type CheckedNote =
  | { readonly ok: true; readonly wish: NoteWish }
  | { readonly ok: false; readonly field: string; readonly violation: TextViolation };

/** The note as it is stored. */
export const checkWish = ({ noteId, text }: NoteWish): CheckedNote => {
  if (!isChosenId(noteId)) return { ok: false, field: "noteId", violation: notAnId };
  const checked = checkNote(text);
  return checked.ok
    ? { ok: true, wish: { noteId, text: checked.value } }
    : { ok: false, field: "text", violation: checked.violation };
};

/** Adds a checked note. */
export const addNote =
  (registrationId: string, { noteId, text }: NoteWish, now: Date) =>
  (state: RegistrationState): Decided<AddNoteResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    if (Object.hasOwn(state.notes, noteId)) return nothing({ kind: "noted_before" });
    if (Object.values(state.notes).filter(Boolean).length >= NOTES_MAX) return nothing({ kind: "too_many_notes" });
    const data = { registrationId, noteId, text, addedAt: now.toISOString() };
    return { events: [{ type: "NoteAdded", data }], result: { kind: "noted" } };
  };

export const removeNote =
  (registrationId: string, noteId: string, now: Date) =>
  (state: RegistrationState): Decided<RemoveNoteResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    if (!Object.hasOwn(state.notes, noteId)) return nothing({ kind: "no_such_note" });
    if (!state.notes[noteId]) return nothing({ kind: "note_removed_before" });
    const data = { registrationId, noteId, removedAt: now.toISOString() };
    return { events: [{ type: "NoteRemoved", data }], result: { kind: "note_removed" } };
  };
