// Asks the server for what comes after the answer, once the reader rests, and looks again while it
// is being worked out. It shows nothing itself, but tells a screen reader what is answered now.
//
// data.question  what the part of the page around it answers
// data.wait_ms   when to ask for what the part lacks, null where it is complete
// data.rest_ms   how long nothing new must have been asked before anything is: as the part says that
//                is drawn with every step
// data.leads     what is asked now, from the part that is drawn with every step; the other parts
//                hear of it, and ask to be drawn where they answer something else
// data.frame     what the map showed when the part was drawn, as text ("null" for the whole of it);
//                null where the part does not care
// data.saves     whether files are saved by the button in the part
// data.told      the answer in a sentence, for who does not see it; only from that part

// A part that is not drawn by then was lost with a run that was broken off.
const PATIENCE_MS = 2000;
// Room for a step of a slider between two parts.
const APART_MS = 20;
// An answer is told once it has stood for so long: a thumb on its way would never stop talking.
const TOLD_MS = 800;

// Shared by all parts of the page, and by the sliders (distances.js).
const desk = window.atlasDesk || (window.atlasDesk = {});
desk.parts = desk.parts || new Set();
desk.asked = desk.asked || [];

// A part that is asked for while the reader goes to another page would be looked for there, and
// Streamlit would leave that page empty.
const LEAVING_MS = 1000;
if (!desk.leaves) {
  desk.leaves = ({ target }) => {
    const link = target.closest && target.closest("[data-testid$=NavLink]");
    if (!link) return;
    desk.leftAt = performance.now();
    desk.saving = null;
  };
  document.addEventListener("click", desk.leaves, true);
}

// What the map of this page shows (geo/webmap.js).
const frameNow = () => JSON.stringify((desk.frames || {})[window.location.pathname] || null);

// Moving the map asks nothing of the server, and what was chosen a moment ago may not have come to it.
// So whoever saves a file waits until the part around the button was asked for, told what the map
// shows, and drawn; then the button is pressed for him.
const SAVE = ".st-key-save-button button";
const UPDATED_MS = 120;
if (!desk.saves) {
  desk.saves = (event) => {
    if (desk.pressing || !event.target.closest || !event.target.closest(SAVE)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    desk.saving = "wanted";
    // Where it is not there in this moment, it is asked for as soon as it is.
    const part = [...desk.parts].find(({ data }) => data.saves);
    if (part) part.due = performance.now();
    pump();
  };
  document.addEventListener("click", desk.saves, true);
}

function saveOnceDrawn() {
  if (isRunning()) {
    setTimeout(saveOnceDrawn, APART_MS);
    return;
  }
  setTimeout(() => {
    const button = document.querySelector(SAVE);
    if (!button || button.disabled) return;
    desk.pressing = true;
    button.click();
    desk.pressing = false;
  }, UPDATED_MS);
}

function isRunning() {
  const app = document.querySelector("[data-testid=stApp]");
  return app && ["running", "rerunRequested"].includes(app.dataset.testScriptState);
}

const restOf = (part) => desk.rest || part.data.rest_ms;

// Ask for one part at a time, so that a step of a slider never waits for more than that.
function pump() {
  clearTimeout(desk.timer);
  const now = performance.now();
  if (desk.drawing && now < desk.drawingUntil) {
    desk.timer = setTimeout(pump, desk.drawingUntil - now);
    return;
  }
  // Not while a script runs: it may not have come to the part that would be asked for, and then the
  // answer to that question would leave the page empty.
  if (isRunning()) {
    desk.timer = setTimeout(pump, APART_MS);
    return;
  }
  desk.drawing = null;
  let next = null;
  for (const part of desk.parts) {
    if (part.due !== null && (next === null || part.due < next.due)) next = part;
  }
  if (next === null) return;
  const { question } = next.data;
  const rest = restOf(next);
  const from = Math.max(next.due, desk.busyUntil || 0, (desk.answered || -rest) + rest,
    (desk.leftAt || -LEAVING_MS) + LEAVING_MS);
  if (from > now) {
    desk.timer = setTimeout(pump, from - now);
    return;
  }
  desk.drawing = next;
  desk.drawingUntil = now + PATIENCE_MS;
  desk.askedAt = now;
  next.due = now + PATIENCE_MS;
  if (next.data.saves && desk.saving) desk.saving = "asked";
  next.trigger("due", `${question} ${Date.now()} ${frameNow()}`);
  desk.timer = setTimeout(pump, PATIENCE_MS);
}

function settle(part) {
  const { question, wait_ms: wait, leads } = part.data;
  const rest = restOf(part);
  const behind = !leads.length && desk.asked.length && !desk.asked.includes(question);
  const delay = behind ? rest : wait;
  part.due = delay === null ? null : performance.now() + delay;
  if (part.around) part.around.setAttribute("aria-busy", String(delay !== null));
}

function tell(part, root, told) {
  clearTimeout(part.telling);
  if (!part.told) {
    part.told = document.createElement("p");
    part.told.setAttribute("role", "status");
    part.told.textContent = told;
    root.appendChild(part.told);
  }
  const say = () => { if (part.told.textContent !== told) part.told.textContent = told; };
  part.telling = setTimeout(say, TOLD_MS);
}

export default function (component) {
  const { parentElement: root, data, setTriggerValue } = component;
  const part = root.atlasPart || (root.atlasPart = {});
  part.data = data;
  part.trigger = setTriggerValue;
  part.around = (root.host || root).closest("[class*='st-key-part-']");
  desk.parts.add(part);
  if (data.told) tell(part, root, data.told);
  if (data.leads.length) desk.rest = data.rest_ms;
  if (data.leads.length && String(desk.asked) !== String(data.leads)) {
    desk.asked = data.leads;
    desk.parts.forEach(settle);
  }
  settle(part);
  if (desk.drawing === part) desk.drawing = null;
  if (data.saves && desk.saving) {
    const moved = data.frame !== null && data.frame !== frameNow();
    // Drawn with what was asked before, or moved once more meanwhile.
    if (desk.saving === "wanted" || moved) {
      part.due = performance.now();
    } else {
      desk.saving = null;
      saveOnceDrawn();
    }
  }
  clearTimeout(desk.timer);
  desk.timer = setTimeout(pump, APART_MS);
  return () => {
    desk.parts.delete(part);
    if (desk.drawing === part) desk.drawing = null;
  };
}
