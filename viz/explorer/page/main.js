/* The explorer: the room of one graph, and nothing else. */

import { data, kinds, names, output, work } from "./graph.js";
import { last, shown, state } from "./state.js";
import { byId, write } from "./elements.js";
import { cut } from "./numbers.js";
import { downhill, reset, setLeaves } from "./changes.js";
import { goTo } from "./steps.js";
import { behind } from "./arrays.js";
import { keys, listen, openGraph } from "./room.js";

listen();
document.addEventListener("keydown", keys);
openGraph(JSON.parse(byId("contents").textContent));
document.title = `${cut(names[output], 60)} – computation graph`;
write(byId("title"), `Computation graph of ${names[output]}`);
Object.assign(window, { explorer: { names, kinds, data, work, last, goTo, setLeaves, downhill, reset, behind, get picture() { return state.picture; }, get gradients() { return shown.grad; } } });
