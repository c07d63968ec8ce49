// The date slider and the play button. The browser has the pictures and figures of all dates, and
// switches them itself: while a thumb moves or the film plays nothing is asked of the server. Once
// it rests, the server draws that date exactly, and adds what takes longer.
//
// data.stops    [date, in words, number of its frame in the reel or null, its rings where it has none]
// data.at       number of the stop on screen; data.then, of the one it is set against
// data.n        how many messages the server has seen
// data.url      where the reel is (geo/timeline.py, `film`), null until it is made
// data.figures  by number of a stop [length of the line in km, Russian-held km², share in Donetsk Oblast]
// data.passed   what passed to each side, in words, between the two stops on screen
// data.ground   whether ground that changed hands is shown between them
// data.shown    name of the picture that the server has drawn of them
// data.texts    what is said

const FRAME_MS = 500;
const REST_MS = 350;
const AGAIN_MS = 60;
const PATIENCE_MS = 8000;
const UNHEARD_MS = 2000;
const STEPS = { line: 0, held: 1, share: 2 };

// Kept as long as the page is open, so that coming back costs nothing.
const reels = window.atlasReels || (window.atlasReels = new Map());

function build(root) {
  const get = (id) => root.querySelector(`#${id}`);
  const state = { sent: -1, playing: false, moving: false, root };
  const [input, play, day, said] = ["at", "play", "day", "said"].map(get);
  state.input = input;

  const number = (value, digits) => new Intl.NumberFormat(state.data.locale,
    { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  const signed = (value, digits) =>
    `${value > 0 ? "+" : value < 0 ? "−" : "±"}${number(Math.abs(value), digits)}`;
  const at = () => Number(input.value);
  const resting = () => !state.moving && !state.playing && at() === state.data.at;

  // The figures of the stop under the thumb.
  function figures() {
    const { stops, texts, then, passed } = state.data;
    const here = state.figures[at()];
    const there = state.figures[then];
    for (const name in STEPS) {
      const cell = root.querySelector(`[data-figure=${name}]`);
      const digits = name === "share" ? 1 : 0;
      const rounded = (row) => Number(row[STEPS[name]].toFixed(digits));
      cell.querySelector("b").textContent = here ? number(rounded(here), digits) : "…";
      cell.querySelector("small").textContent = here && there && at() !== then
        ? texts.since[name].replace("{date}", stops[then][1]).replace("{change}",
          signed(Number((rounded(here) - rounded(there)).toFixed(digits)), digits)) : "";
    }
    for (const side of ["russia", "ukraine"]) {
      const [figure, unit] = resting() ? passed[side] : ["…", ""];
      const cell = root.querySelector(`[data-figure=${side}]`);
      cell.querySelector("b").textContent = figure;
      cell.querySelector("dd span").textContent = unit;
    }
  }

  function told() {
    const here = state.figures[at()];
    const [, words] = state.data.stops[at()];
    if (!here) return words;
    return state.data.texts.told.replace("{date}", words).replace("{line}", number(here[0], 0))
      .replace("{held}", number(here[1], 0)).replace("{share}", number(here[2], 1));
  }

  function atlas() {
    const frame = document.querySelector(".st-key-time-map iframe");
    try {
      const api = frame && frame.contentWindow && frame.contentWindow.pullbackAtlas;
      return (api && api.map) || null;
    } catch {
      return null; // the frame is being replaced
    }
  }

  function picture() {
    const map = atlas();
    if (!map || !state.reel) return;
    const { then, stops, texts, ground } = state.data;
    const label = (n) => texts.line.replace("{date}", stops[n][1]);
    const [older, newer] = [Math.min(at(), then), Math.max(at(), then)];
    map.frame(state.reel, older, newer, { labels: [label(older), label(newer)], ground });
  }

  // What stands below is not of this date: it steps back until it is (pages/rest.js).
  function behind(yes) {
    for (const part of document.querySelectorAll(".st-key-part-ground, .st-key-part-zones")) {
      part.setAttribute("aria-busy", String(yes));
    }
  }

  // Make way for what the server drew as soon as the map shows it.
  function settle() {
    clearTimeout(state.settling);
    if (!resting()) return;
    const map = atlas();
    if (map && map.shown === state.data.shown) {
      map.still();
      root.dataset.state = "still";
      return;
    }
    if (performance.now() < state.settleUntil) state.settling = setTimeout(settle, AGAIN_MS);
  }

  // What was said while the page asked for something else may be lost: it is said until it is heard.
  function tell(stop, again) {
    clearTimeout(state.telling);
    state.set("stop", { ...stop, again });
    state.telling = setTimeout(() => {
      if (state.data.n < stop.n && state.data.key === stop.key) tell(stop, again + 1);
    }, UNHEARD_MS);
  }

  function send() {
    clearTimeout(state.resting);
    state.moving = false;
    if (at() !== state.data.at) {
      state.sent = Math.max(state.sent, state.data.n) + 1;
      tell({ at: at(), key: state.data.key, n: state.sent }, 0);
    } else {
      state.settleUntil = performance.now() + PATIENCE_MS;
      settle();
    }
    figures();
    said.textContent = told();
  }

  function show() {
    const { stops, then } = state.data;
    const words = stops[at()][1];
    day.textContent = words;
    input.style.setProperty("--at", (at() / Math.max(1, stops.length - 1)).toFixed(4));
    input.style.setProperty("--then", (then / Math.max(1, stops.length - 1)).toFixed(4));
    input.setAttribute("aria-valuetext", words);
    figures();
  }

  function move() {
    root.dataset.state = "moving";
    behind(at() !== state.data.at);
    show();
    picture();
  }

  function label() {
    const { texts } = state.data;
    const name = state.playing ? texts.pause : state.calm ? texts.next : texts.play;
    play.querySelector("span").textContent = name;
    play.dataset.icon = state.playing ? "pause" : state.calm ? "next" : "play";
    play.disabled = !state.reel;
    play.title = state.reel ? "" : state.failed ? texts.failed : texts.loading;
    get("note").textContent = state.reel ? "" : state.failed ? texts.failed : texts.loading;
  }

  function stop() {
    clearInterval(state.ticking);
    if (!state.playing) return;
    state.playing = false;
    label();
    send();
  }

  function step() {
    // Another language brings another player.
    if (!root.isConnected) return state.leave();
    if (at() >= state.data.stops.length - 1) return stop();
    input.value = at() + 1;
    move();
    if (at() >= state.data.stops.length - 1) stop();
  }

  play.addEventListener("click", () => {
    if (state.playing) return stop();
    const last = state.data.stops.length - 1;
    if (state.calm) {
      // Whoever wants no motion goes from date to date.
      input.value = at() >= last ? 0 : at() + 1;
      move();
      return send();
    }
    state.playing = true;
    if (at() >= last) input.value = 0;
    label();
    move();
    state.ticking = setInterval(step, FRAME_MS);
  });
  input.addEventListener("input", () => {
    clearInterval(state.ticking);
    if (state.playing) {
      state.playing = false;
      label();
    }
    state.moving = true;
    move();
    clearTimeout(state.resting);
    state.resting = setTimeout(send, REST_MS);
  });

  const motion = window.matchMedia("(prefers-reduced-motion: reduce)");
  const calm = () => {
    state.calm = motion.matches;
    if (state.calm) stop();
    if (state.data) label();
  };
  motion.addEventListener("change", calm);
  state.leave = () => {
    clearInterval(state.ticking);
    [state.resting, state.settling, state.telling].forEach(clearTimeout);
    motion.removeEventListener("change", calm);
  };

  // Frames in the order of the stops: a map that was loaded stands between those of the reel.
  function splice(document) {
    const frames = state.data.stops.map(([, , n, rings]) => (n === null ? rings : document.frames[n]));
    return { grid: document.grid, outline: document.outline, frames };
  }

  async function load() {
    const { url, key } = state.data;
    if (!url || state.key === key + url) return;
    state.key = key + url;
    state.reel = null;
    state.failed = false;
    try {
      if (!reels.has(url)) {
        const answer = await fetch(new URL(url, document.baseURI));
        if (!answer.ok) throw new Error(String(answer.status));
        reels.set(url, await answer.json());
      }
      if (state.key === key + url) state.reel = splice(reels.get(url));
    } catch {
      state.failed = true;
      state.key = null;
    }
    label();
    if (!resting()) picture();
  }

  state.draw = (data) => {
    const other = !state.data || state.data.key !== data.key;
    const heard = data.n >= state.sent;
    state.data = data;
    state.figures = data.figures;
    if (other) stop();
    if (other || (heard && !state.moving && !state.playing)) {
      input.max = data.stops.length - 1;
      input.value = data.at;
    }
    if (other && state.key !== data.key + data.url) state.reel = null;
    const texts = data.texts;
    input.setAttribute("aria-label", texts.date);
    for (const name of ["line", "held", "share", "russia", "ukraine"]) {
      root.querySelector(`[data-figure=${name}] dt span`).textContent = texts.heads[name];
    }
    get("years").replaceChildren(...data.years.map(([n, year]) => {
      const mark = document.createElement("span");
      mark.textContent = year;
      mark.style.setProperty("--at", (n / Math.max(1, data.stops.length - 1)).toFixed(4));
      return mark;
    }));
    for (const name in data.colours) root.style.setProperty(`--${name}`, data.colours[name]);
    show();
    load();
    label();
    if (resting()) {
      state.settleUntil = performance.now() + PATIENCE_MS;
      settle();
    }
  };
  calm();
  return state;
}

export default function (component) {
  const { parentElement: root, data, setStateValue } = component;
  const box = root.querySelector(".player");
  const state = box.atlas || (box.atlas = build(box));
  state.set = setStateValue;
  state.draw(data);
  // Streamlit also calls this before it draws the player anew.
  return () => setTimeout(() => { if (!box.isConnected) state.leave(); });
}
