// Asks the server for what comes after the answer, once the reader rests, and looks again while it
// is being worked out. It shows nothing itself.
//
// data.question  what the part of the page around it answers
// data.wait_ms   when to ask for what the part lacks, null where it is complete
// data.rest_ms   how long nothing new must have been asked before anything is
// data.leads     what is asked now, from the part that is drawn with every step; the other parts
//                hear of it, and ask to be drawn where they answer something else

// A part that is not drawn by then was lost with a run that was broken off.
const PATIENCE_MS = 2000;
// Room for a step of a slider between two parts.
const APART_MS = 20;

// Shared by all parts of the page, and by the sliders (distances.js).
const desk = window.atlasDesk || (window.atlasDesk = {});
desk.parts = desk.parts || new Set();
desk.asked = desk.asked || [];

// Ask for one part at a time, so that a step of a slider never waits for more than that.
function pump() {
  clearTimeout(desk.timer);
  const now = performance.now();
  if (desk.drawing && now < desk.drawingUntil) {
    desk.timer = setTimeout(pump, desk.drawingUntil - now);
    return;
  }
  desk.drawing = null;
  let next = null;
  for (const part of desk.parts) {
    if (part.due !== null && (next === null || part.due < next.due)) next = part;
  }
  if (next === null) return;
  const { rest_ms: rest, question } = next.data;
  const from = Math.max(next.due, desk.busyUntil || 0, (desk.answered || -rest) + rest);
  if (from > now) {
    desk.timer = setTimeout(pump, from - now);
    return;
  }
  desk.drawing = next;
  desk.drawingUntil = now + PATIENCE_MS;
  desk.askedAt = now;
  next.due = now + PATIENCE_MS;
  next.trigger("due", `${question} ${Date.now()}`);
  desk.timer = setTimeout(pump, PATIENCE_MS);
}

function settle(part) {
  const { question, wait_ms: wait, rest_ms: rest, leads } = part.data;
  const behind = !leads.length && desk.asked.length && !desk.asked.includes(question);
  const delay = behind ? rest : wait;
  part.due = delay === null ? null : performance.now() + delay;
  if (part.around) part.around.setAttribute("aria-busy", String(delay !== null));
}

export default function (component) {
  const { parentElement: root, data, setTriggerValue } = component;
  const part = root.atlasPart || (root.atlasPart = {});
  part.data = data;
  part.trigger = setTriggerValue;
  part.around = (root.host || root).closest("[class*='st-key-part-']");
  desk.parts.add(part);
  if (data.leads.length && String(desk.asked) !== String(data.leads)) {
    desk.asked = data.leads;
    desk.parts.forEach(settle);
  }
  settle(part);
  if (desk.drawing === part) desk.drawing = null;
  clearTimeout(desk.timer);
  desk.timer = setTimeout(pump, APART_MS);
  return () => {
    desk.parts.delete(part);
    if (desk.drawing === part) desk.drawing = null;
  };
}
