export { Passages, passagesOf } from "./passages.js";
export { againIn, blockOf, selectionOf, wholeOf } from "./selected.js";
