/* The rooms of the lab, and how it looks: one at a time, and all of it in the address. */

import { state } from "./state.js";
import { byId } from "./elements.js";
import { homeAnew } from "./view.js";
import { pause } from "./steps.js";
import { note, said } from "./address.js";
import { say } from "./words.js";

const LOOKS = ["system", "light", "dark"];
const root = document.documentElement;
export const roomButtons = [.../** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("#rooms button"))];
export const roomShown = () => root.dataset.room;

const entered = [];

/** Have `show` run with the name of each room that is entered, and whether the room became another size. */
export const onRoom = show => entered.push(show);

/** Enter a room by its name, the first one for a name there is not. */
export function enter(name) {
  const known = roomButtons.some(each => each.value === name) ? name : roomButtons[0].value;
  pause();
  root.dataset.room = known;
  for (const each of roomButtons) each.value === known ? each.setAttribute("aria-current", "page") : each.removeAttribute("aria-current");
  note({ room: known });
  for (const show of entered) show(known);
  if (state.picture) requestAnimationFrame(homeAnew);
}

function lookAs(name) {
  const known = LOOKS.includes(name) ? name : LOOKS[0];
  root.dataset.look = known;
  byId("look").textContent = say("Look: {look}", { look: say(known) });
  note({ look: known === LOOKS[0] ? "" : known });
}

/** For a room of people: large, and only what matters. */
function project(on) {
  root.toggleAttribute("data-projector", on);
  byId("projector").setAttribute("aria-pressed", on);
  note({ projector: on ? "on" : "" });
}

/** Say anew how it looks. */
export const sayLook = () => lookAs(root.dataset.look);

/** Take from the address how it looks; a room is still to be entered. */
export function restoreLook() {
  lookAs(said("look"));
  project(said("projector") === "on");
}

export const restoreRoom = () => enter(said("room"));

export function listenRooms() {
  for (const each of roomButtons) each.addEventListener("click", () => enter(each.value));
  byId("look").addEventListener("click", () => {
    lookAs(LOOKS[(LOOKS.indexOf(root.dataset.look) + 1) % LOOKS.length]);
    for (const show of entered) show(roomShown());
  });
  byId("projector").addEventListener("click", () => {
    project(!root.hasAttribute("data-projector"));
    for (const show of entered) show(roomShown(), true);
    if (state.picture) requestAnimationFrame(homeAnew);
  });
}
