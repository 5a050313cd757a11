export { Blocks } from "./blocks.js";
export { lineAt, topOfLine } from "./lines.js";
