export { Answers } from "./answers.js";
export { Cards } from "./cards.js";
export { Mentions } from "./mentions.js";
