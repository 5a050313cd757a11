// Answers while they are given: blocks that are complete and stay as they are, and a tail that still grows. What came before the
// message did is kept until it is there.

export class Answers {
  constructor(find) {
    this.find = find;
    this.known = new Map();
  }

  // takes more of an answer; false when something in between is missing
  take({ message, first, blocks, tail, ended }) {
    if (ended && !this.known.has(message)) return true; // what is stored came first
    const answer = this.known.get(message) ?? { blocks: [], tail: "", drawn: 0, body: null };
    if (first > answer.blocks.length) return false;
    answer.blocks.splice(first, answer.blocks.length, ...blocks);
    answer.drawn = Math.min(answer.drawn, first);
    answer.tail = tail;
    this.known.set(message, answer);
    this.draw(message);
    if (ended) this.known.delete(message); // what is stored replaces it
    return true;
  }

  // its message was put in, or put in anew
  draw(message) {
    const answer = this.known.get(message), element = this.find(`m${message}`);
    if (!answer || !element) return;
    if (!("streaming" in element.dataset)) return this.known.delete(message);
    const body = element.querySelector(".r-msg__body");
    if (body !== answer.body || answer.drawn < body.childElementCount - 1) this.begin(answer, body);
    for (; answer.drawn < answer.blocks.length; answer.drawn++) body.insertBefore(boxed(answer.blocks[answer.drawn]), answer.last);
    answer.last.innerHTML = answer.tail;
  }

  begin(answer, body) {
    answer.body = body;
    answer.drawn = 0;
    answer.last = boxed("");
    answer.last.classList.add("r-tail");
    body.replaceChildren(answer.last);
  }
}

function boxed(html) {
  const box = document.createElement("div");
  box.className = "r-block";
  box.innerHTML = html;
  return box;
}
