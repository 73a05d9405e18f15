/* The lab: its rooms, keys, and the start. */

import { data, names } from "./graph.js";
import { shown, state } from "./state.js";
import { byId } from "./elements.js";
import { setLeaves } from "./changes.js";
import { goTo } from "./steps.js";
import { keys, listen, sayAnew } from "./room.js";
import { address, onAddress, said } from "./address.js";
import { listenShown, shownInAddress } from "./showing.js";
import { listenBuild, placedAll, renewBuild, restoreBuild, returnToBuild, sayBuild } from "./build.js";
import { Generator } from "./chance.js";
import { differentiateOn, newTraining, nextBatch, trainStep } from "./training.js";
import { advanceTraining, dissect, listenTrain, pauseTraining, playTraining, restoreTrain, sayApart, sayTrain, showTraining, training, undoChoice } from "./train.js";
import { known } from "./kept.js";
import { rival, showDiffering } from "./rival.js";
import { drafted } from "./drafting.js";
import { read } from "./reading.js";
import { listenLanguage, onLanguage, restoreLanguage } from "./language.js";
import { listenTour, mixUp, restoreTour, stop, worth } from "./tour.js";
import { STOPS } from "./stops.js";
import { enter, listenRooms, onRoom, restoreLook, restoreRoom, roomButtons, roomShown, sayLook } from "./rooms.js";

const STEPPING = ["ArrowLeft", "ArrowRight", "Home", "End", " "];

function labKeys(event) {
  if (event.target.matches("textarea, select, input") || event.altKey) return;
  if (event.ctrlKey || event.metaKey) return roomShown() === "train" && event.key === "z" ? undoChoice() : keys(event);
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

/** Lay the graph out anew, with what is shown of it. */
async function showAnew(room) {
  const asked = shownInAddress();
  await (said("g") === "training" && room === "apart" ? dissect() : renewBuild());
  if (asked.level) await placedAll;
  asked.show();
}

function restore() {
  const asked = shownInAddress(), ofTraining = said("g") === "training" && said("room") === "apart";
  restoreLanguage();
  restoreLook();
  restoreBuild();
  const trained = restoreTrain();
  restoreRoom();
  const built = ofTraining || roomShown() === "train" ? null : returnToBuild();
  return Promise.all([trained, built]).then(() => ofTraining && dissect()).then(restoreTour).then(() => asked.level && placedAll).then(asked.show);
}

listen();
listenRooms();
listenBuild();
listenTrain();
listenTour();
listenLanguage();
listenShown();
onLanguage(() => {
  sayLook();
  sayBuild();
  sayTrain();
  showDiffering();
  sayApart();
  if (state.picture) sayAnew();
});
onRoom((room, resized) => {
  room === "train" ? showTraining() : pauseTraining();
  if (room === "build" || room === "apart" && said("g") !== "training") returnToBuild();
  if (resized) showAnew(room);
});
document.addEventListener("keydown", labKeys);
let restored = restore();  // once the state that the address says is there
onAddress(() => { restored = restore(); });
Object.assign(window, { lab: { get address() { return address(); }, get names() { return names; }, get data() { return data; }, get gradients() { return shown.grad; }, get step() { return state.step; }, get picture() { return state.picture; }, goTo,
  graphOf: text => drafted(read(text).output, { value: () => 1, learns: () => false }),
  Generator, known, setLeaves, differentiateOn, nextBatch, get training() { return training; }, get rival() { return rival; }, newTraining, trainStep, mixUp, worth, STOPS, get stop() { return stop; }, get ready() { return restored; } } });
