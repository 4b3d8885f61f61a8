import { expect, test } from "vitest";
import { addNote, checkWish, NOTES_MAX, removeNote } from "./notes.ts";
import { type Known, registrationAggregate } from "./state.ts";

const now = new Date("2026-11-23T18:05:00.000Z");
const active = { status: "active", notes: {} } as unknown as Known;
const wish = { noteId: "n1", text: "pays on Friday" };

type Decision = ReturnType<typeof addNote> | ReturnType<typeof removeNote>;
const after = (...decisions: Decision[]) =>
  decisions.reduce<Known>(
    (state, decide) => decide(state).events.reduce(registrationAggregate.evolve, state) as Known,
    active,
  );
const add = (noteId = "n1") => addNote("r1", { ...wish, noteId }, now);
const remove = (noteId = "n1") => removeNote("r1", noteId, now);

test("a note is added once, even if it was removed since", () => {
  expect(add()(active)).toEqual({
    events: [{ type: "NoteAdded", data: { registrationId: "r1", ...wish, addedAt: now.toISOString() } }],
    result: { kind: "noted" },
  });
  for (const state of [after(add()), after(add(), remove())])
    expect(add()(state)).toEqual({ events: [], result: { kind: "noted_before" } });
});

test("a note is removed once, and only where there is one", () => {
  expect(remove()(after(add()))).toEqual({
    events: [{ type: "NoteRemoved", data: { registrationId: "r1", noteId: "n1", removedAt: now.toISOString() } }],
    result: { kind: "note_removed" },
  });
  expect(remove()(after(add(), remove()))).toEqual({ events: [], result: { kind: "note_removed_before" } });
  for (const id of ["n1", "toString"])
    expect(remove(id)(active)).toEqual({ events: [], result: { kind: "no_such_note" } });
});

test("the number of notes is limited, and a removed one makes room", () => {
  const full = Array.from({ length: NOTES_MAX }, (_, i) => add(`full-${i}`));
  expect(add()(after(...full)).result).toEqual({ kind: "too_many_notes" });
  expect(add()(after(...full, remove("full-7"))).result).toEqual({ kind: "noted" });
});

test("a missing family has no notes, and a cancelled one still has them", () => {
  for (const status of ["none", "erased"] as const) {
    expect(add()({ status }).result).toEqual({ kind: "not_found" });
    expect(remove()({ status }).result).toEqual({ kind: "not_found" });
  }
  expect(add()({ ...active, status: "cancelled" }).result).toEqual({ kind: "noted" });
});

test.each([
  ["  pays on Friday\r\nin cash ", "pays on Friday\nin cash"],
  ["see https://club.example", "see https://club.example"],
  ["<b>Zoë</b> \u200bsays 🙂", "<b>Zoë</b> says 🙂"],
  ["x".repeat(1_000), "x".repeat(1_000)],
])("%j is kept as %j", (text, kept) => {
  expect(checkWish({ ...wish, text })).toEqual({ ok: true, wish: { noteId: "n1", text: kept } });
});

test.each([
  ["n1", " \n ", "text", "required"],
  ["n1", "x".repeat(1_001), "text", "too_long"],
  ["n1", "x".repeat(50_000), "text", "too_long"],
  ["n1", "a\u0007b", "text", "invalid_characters"],
  ["n1", "\ud800", "text", "invalid_characters"],
  ["", "text", "noteId", "invalid"],
  ["a note", "text", "noteId", "invalid"],
])("the note %j with the text %j is refused", (noteId, text, field, code) => {
  expect(checkWish({ noteId, text })).toMatchObject({ ok: false, field, violation: { code } });
});
