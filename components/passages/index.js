export { Passages, passagesOf } from "./passages.js";
export { blockOf, selectionOf, wholeOf } from "./selected.js";
