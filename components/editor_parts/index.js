export { Channel } from "./channel.js";
export { peers, removePeer, setPeer } from "./peers.js";
export { barGutter, bars, showBars } from "./bars.js";
export { replacement, wellFormed, wholeCharacters } from "./characters.js";
export * as unsent from "./unsent.js";
