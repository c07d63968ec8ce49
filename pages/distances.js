// Two sliders, one a side, that may move together. The map follows while a thumb is dragged: a
// value is sent as soon as the answer to the one before has arrived, never faster.

const PATIENCE_MS = 700;
// Streamlit answers only one of two that ask in the same moment (pages/rest.js is the other).
const APART_MS = 10;
const desk = window.atlasDesk || (window.atlasDesk = {});

function build(root, data) {
  const state = { n: data.n, sent: data.n, busy: false, pending: null, dragging: false };
  const rows = {};
  for (const side of ["ukraine", "russia"]) {
    const row = root.querySelector(`[data-side=${side}]`);
    rows[side] = { input: row.querySelector("input"), output: row.querySelector("output") };
  }
  const couple = root.querySelector("#couple");
  state.show = (values) => {
    for (const side in rows) {
      const { input, output } = rows[side];
      input.value = values[side];
      input.style.setProperty("--at", (values[side] / 40).toFixed(4));
      const { km, kilometres, decimal } = state.words;
      const written = (text) => String(text).replace(".", decimal);
      output.textContent = km.replace("{n}", written(Number(values[side]).toFixed(1)));
      input.setAttribute("aria-valuetext",
        kilometres.replace("{n}", written(Number(values[side]))));
    }
    couple.checked = values.coupled;
  };
  state.read = (settled) => ({
    ukraine: Number(rows.ukraine.input.value), russia: Number(rows.russia.input.value),
    coupled: couple.checked, settled,
  });
  state.flush = () => {
    if (state.busy || !state.pending) return;
    if (performance.now() - (desk.askedAt || -PATIENCE_MS) < APART_MS) {
      setTimeout(state.flush, APART_MS);
      return;
    }
    const value = { ...state.pending, n: ++state.sent };
    state.pending = null;
    state.busy = true;
    desk.busyUntil = performance.now() + PATIENCE_MS;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => { state.busy = false; state.flush(); }, PATIENCE_MS);
    state.set("distance", value);
  };
  const push = (settled) => {
    const values = state.read(settled);
    state.show(values);
    state.pending = values;
    // A key gives "input" and "change" in one go: send only the last.
    setTimeout(state.flush);
  };
  for (const side in rows) {
    const { input } = rows[side];
    const other = rows[side === "ukraine" ? "russia" : "ukraine"].input;
    const follow = () => { if (couple.checked) other.value = input.value; };
    input.addEventListener("input", () => { state.dragging = true; follow(); push(false); });
    input.addEventListener("change", () => { state.dragging = false; follow(); push(true); });
  }
  couple.addEventListener("change", () => {
    if (couple.checked) rows.russia.input.value = rows.ukraine.input.value;
    push(true);
  });
  return state;
}

export default function (component) {
  const { parentElement: root, data, setStateValue } = component;
  const state = root.atlas || (root.atlas = build(root, data));
  state.set = setStateValue;
  state.words = data.words;
  for (const place of root.querySelectorAll("[data-word]")) {
    place.textContent = data.words[place.dataset.word];
  }
  for (const side in data.colours) {
    const row = root.querySelector(`[data-side=${side}]`);
    row.style.setProperty("--side", data.colours[side]);
    row.style.setProperty("--track", data.track);
  }
  if (data.n >= state.sent) {
    state.sent = data.n;
    state.busy = false;
    desk.busyUntil = 0;
    if (data.n > (state.answered || 0)) desk.answered = performance.now();
    state.answered = data.n;
    clearTimeout(state.timer);
    if (state.pending) state.flush();
    else if (!state.dragging) state.show(data);
  }
}
