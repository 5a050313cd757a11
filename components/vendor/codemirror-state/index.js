// The name under which @codemirror/collab looks for CodeMirror's state: NiceGUI's own bundle holds it.
export { Annotation, ChangeSet, combineConfig, EditorSelection, EditorState, Facet, StateEffect, StateField, Transaction } from "nicegui-codemirror";
