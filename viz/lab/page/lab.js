/* The lab: its rooms, keys, and the start. */

import { data, names } from "./graph.js";
import { shown, state } from "./state.js";
import { byId } from "./elements.js";
import { goTo } from "./steps.js";
import { keys, listen } from "./room.js";
import { onAddress } from "./address.js";
import { listenBuild, restoreBuild, returnToBuild } from "./build.js";
import { Generator } from "./chance.js";
import { differentiateOn, newTraining, nextBatch, trainStep } from "./training.js";
import { advanceTraining, listenTrain, pauseTraining, playTraining, restoreTrain, showTraining, training } from "./train.js";
import { known } from "./kept.js";
import { drafted } from "./drafting.js";
import { read } from "./reading.js";
import { enter, listenRooms, onRoom, restoreRooms, roomButtons, roomShown } from "./rooms.js";

const STEPPING = ["ArrowLeft", "ArrowRight", "Home", "End", " "];

function labKeys(event) {
  if (event.target.matches("textarea, select, input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const room = roomButtons[Number(event.key) - 1];
  if (room) return enter(room.value);
  if (roomShown() === "train") return trainKeys(event);
  if (roomShown() === "build" && STEPPING.includes(event.key)) return;
  keys(event);
}

function trainKeys(event) {
  const action = { ArrowRight: () => advanceTraining(false), End: () => advanceTraining(true), Home: () => byId("train-again").click(),
    " ": event.target.matches("button") ? null : playTraining }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function restore() {
  restoreTrain();
  const built = restoreBuild();
  restoreRooms();
  return built;
}

listen();
listenRooms();
listenBuild();
listenTrain();
onRoom(room => {
  room === "train" ? showTraining() : pauseTraining();
  if (room === "build") returnToBuild();
});
document.addEventListener("keydown", labKeys);
onAddress(restore);
window.lab = { get names() { return names; }, get data() { return data; }, get gradients() { return shown.grad; }, get step() { return state.step; }, goTo,
  graphOf: text => drafted(read(text).output, { value: () => 1, learns: () => false }),
  Generator, known, differentiateOn, nextBatch, get training() { return training; }, newTraining, trainStep, ready: restore() };
