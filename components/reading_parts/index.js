export { Blocks } from "./blocks.js";
export { allDrawn, Diagrams } from "./diagrams.js";
export { LinkCards } from "./link_card.js";
export { lineAt, topOfLine } from "./lines.js";
