// Mermaid diagrams: drawn when they come near the window, in strict security, in the colours of the theme. The source stays in the
// text, hidden while the diagram stands for it, so that passages keep their places; where a diagram can't be drawn it is shown, with the reason.

const NEAR = "400px";
const LONGEST = 20_000; // characters of a diagram that is drawn
const MOST_EDGES = 400;
const XLINK = "http://www.w3.org/1999/xlink";

const TAG = /(?<!<)<(?!br\s*\/?>)(?=[a-z/!?])/gi; // HTML in a label is words; the library would parse it before it cleans it

let turn = Promise.resolve(); // the library draws one after the other
let number = 0;
let library;

// Resolves once all diagrams that came near so far are drawn.
export const allDrawn = () => turn;

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const isDark = () => document.documentElement.dataset.theme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);

function colours() {
  const [paper, raised, sunken, ink, soft, line, accent, tint] = ["--paper", "--raised", "--sunken", "--ink", "--ink-2", "--control", "--accent", "--accent-tint"].map(token);
  return {
    darkMode: isDark(), background: paper, fontSize: "14px", fontFamily: token("--font-ui"),
    primaryColor: raised, primaryTextColor: ink, primaryBorderColor: line, secondaryColor: sunken, tertiaryColor: tint,
    mainBkg: raised, nodeBorder: line, nodeTextColor: ink, textColor: ink, lineColor: soft, titleColor: ink, edgeLabelBackground: paper,
    clusterBkg: sunken, clusterBorder: line, actorBkg: raised, actorBorder: line, actorTextColor: ink, signalColor: soft, signalTextColor: ink,
    noteBkgColor: tint, noteTextColor: ink, noteBorderColor: accent, labelColor: ink, altBackground: sunken,
  };
}

async function svgOf(source) {
  if (source.length > LONGEST) throw new Error("it is too long");
  library ??= import("nicegui-mermaid");
  const { mermaid } = await library;
  mermaid.initialize({
    startOnLoad: false, securityLevel: "strict", suppressErrorRendering: true, maxTextSize: LONGEST, maxEdges: MOST_EDGES,
    theme: "base", themeVariables: colours(), flowchart: { htmlLabels: false, useMaxWidth: true }, htmlLabels: false, secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "suppressErrorRendering", "theme", "themeVariables", "themeCSS", "htmlLabels", "fontFamily", "flowchart"],
  });
  const { svg } = await mermaid.render(`r-diagram-${++number}`, source.replace(TAG, "#lt;"));
  return svg;
}

export class Diagrams {
  constructor(scroller) {
    this.near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) { this.near.unobserve(target); this.draw(target); }
    }, { root: scroller, rootMargin: NEAR });
    this.drawn = new Set();
    this.again = () => { for (const box of this.drawn) if (box.isConnected) this.draw(box); else this.drawn.delete(box); };
    this.theme = new MutationObserver(this.again);
    this.theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", this.again);
  }

  end() {
    this.near.disconnect();
    this.theme.disconnect();
    this.scheme.removeEventListener("change", this.again);
  }

  // a box of code that holds a diagram; one whose source shows what changed in it stays source
  watch(box) {
    const pre = box.querySelector("pre[data-mermaid]");
    if (pre && !pre.querySelector("ins, del") && !pre.matches(".r-mark")) this.near.observe(box);
  }

  draw(box) {
    turn = turn.then(() => this.drawNow(box));
  }

  async drawNow(box) {
    const pre = box.querySelector("pre[data-mermaid]");
    if (!pre || !box.isConnected) return;
    this.drawn.add(box);
    try {
      const svg = await svgOf(pre.textContent);
      if (box.isConnected) show(box, svg);
    } catch (error) {
      tell(box, String(error?.message ?? error).split("\n")[0].slice(0, 200).replace(/:$/, ""));
    }
  }
}

function show(box, svg) {
  box.querySelector(".r-diagram__why")?.remove();
  let figure = box.querySelector(".r-diagram");
  if (!figure) {
    figure = document.createElement("div");
    figure.className = "r-diagram";
    figure.setAttribute("role", "group");
    figure.setAttribute("aria-label", "Diagram; its source can be shown");
    box.prepend(figure);
    box.classList.add("r-code--drawn");
    box.append(turner(box));
  }
  figure.innerHTML = svg;
  for (const link of figure.querySelectorAll("a")) lead(link);
}

// a link of a diagram leads to pages only
function lead(link) {
  const address = link.getAttribute("href") ?? link.getAttributeNS(XLINK, "href") ?? "";
  if (/^(https?:\/\/|\/(?!\/)|#)/.test(address)) return link.setAttribute("rel", "noopener noreferrer nofollow");
  link.removeAttribute("href");
  link.removeAttributeNS(XLINK, "href");
}

function turner(box) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "r-btn r-btn--quiet r-btn--small r-diagram__turn";
  button.dataset.testid = "diagram-source";
  button.textContent = "Show source";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const source = box.toggleAttribute("data-source");
    button.textContent = source ? "Show diagram" : "Show source";
    button.setAttribute("aria-pressed", String(source));
  });
  return button;
}

function tell(box, why) {
  if (box.querySelector(".r-diagram__why")) return;
  const words = document.createElement("button");
  words.type = "button"; // what is in a button is no text of the document
  words.disabled = true;
  words.className = "r-diagram__why";
  words.textContent = `This diagram can’t be drawn: ${why}`;
  box.append(words);
}
