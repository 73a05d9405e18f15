/* The link to a kernel: the page asks for every change of a leaf, and follows what is told of all of them.

   A port comes from the page that this one is framed in. What is asked is {turn, leaves: [[node, number], …]}, one
   question at a time, and the answer has its turn; what is told is {turn, leaves: every one of them, refusal, doubt},
   the last two as sentences. */

import { data, leaves } from "./graph.js";
import { follow } from "./state.js";
import { alarm, setLeaves } from "./changes.js";

const PATIENCE = 5000;  // milliseconds for an answer, until the reader is told that there is none
const SILENCE = "Python has not answered yet: it is busy, or gone. Until it does, the numbers here are the page's own.";
const me = Math.random().toString(36).slice(2);  // several pages may show one graph
let port = null, told = new Map();  // told: what the kernel has, by leaf
let asked = null, questions = 0, waiting = 0, silent = false;  // asked: what waits for its answer

function ask() {
  if (!port || asked || !told.size) return;
  const moved = leaves.filter(i => data[i] !== told.get(i)).map(i => [i, data[i]]);
  if (!moved.length) return;
  asked = { turn: `${me} ${++questions}`, leaves: moved };
  waiting = setTimeout(() => { silent = true; alarm(() => SILENCE); }, PATIENCE);
  port.postMessage(asked);
}

/** Take over what the kernel has, but for leaves that were moved on since they were asked for. */
function hear({ turn: answered, leaves: all, refusal, doubt }) {
  if (asked && asked.turn !== answered) return;  // the answer to come knows of this, too
  const then = new Map([...told, ...(asked?.leaves ?? [])]), stays = i => asked && !refusal && data[i] !== then.get(i);
  const others = all.filter(([i, x]) => data[i] !== x && !stays(i));
  clearTimeout(waiting);
  asked = null;
  told = new Map(all);
  if (others.length) setLeaves(others);
  if (refusal || doubt || silent) alarm(() => refusal || doubt);
  silent = false;
  ask();
}

export function listenLink() {
  follow("numbers", ask);
  addEventListener("message", event => {
    if (event.source !== parent || !event.ports.length) return;
    port = event.ports[0];
    asked = null;
    port.onmessage = ({ data: message }) => hear(message);
  });
}
