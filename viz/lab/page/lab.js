/* The lab: its rooms, keys, and the start. */

import { data, names } from "./graph.js";
import { shown, state } from "./state.js";
import { goTo } from "./steps.js";
import { keys, listen } from "./room.js";
import { onAddress } from "./address.js";
import { listenBuild, restoreBuild } from "./build.js";
import { drafted } from "./drafting.js";
import { read } from "./reading.js";
import { enter, listenRooms, restoreRooms, roomButtons, roomShown } from "./rooms.js";

const STEPPING = ["ArrowLeft", "ArrowRight", "Home", "End", " "];

function labKeys(event) {
  if (event.target.matches("textarea, select, input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const room = roomButtons[Number(event.key) - 1];
  if (room) return enter(room.value);
  if (roomShown() === "build" && STEPPING.includes(event.key)) return;
  keys(event);
}

function restore() {
  restoreRooms();
  return restoreBuild();
}

listen();
listenRooms();
listenBuild();
document.addEventListener("keydown", labKeys);
onAddress(restore);
window.lab = { get names() { return names; }, get data() { return data; }, get gradients() { return shown.grad; }, get step() { return state.step; }, goTo,
  graphOf: text => drafted(read(text).output, { value: () => 1, learns: () => false }), ready: restore() };
