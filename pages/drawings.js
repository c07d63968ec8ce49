// The list of what was drawn on the map. It has the drawings in hand: the map (geo/mapdraw.js) tells
// it what was drawn, and both show what it has at once. The server is told, and told again until it
// answers; its answer brings the figures.
//
// data.n      number of the change that the server has taken note of
// data.items  the drawings then: kind, name, points [longitude, latitude], ukraine_km, russia_km
// data.rows   what the server says of each: size, figures of each side, or what is wrong with it

// Ask again for what was not answered by then.
const PATIENCE_MS = 1500;
const APART_MS = 10;
const KEPT = "atlas-drawings";
const SIDES = ["ukraine", "russia"];

const desk = window.atlasDesk || (window.atlasDesk = {});
// Survives a change of page: what the server has not heard of yet stays.
const own = desk.drawings || (desk.drawings = { n: -1, items: [], rows: [], heard: -1, again: 0 });

function linked(name) {
  return new URLSearchParams(window.location.search).get(name);
}

// Across a reload, what the server has not heard of is kept in the tab; it counts for the link
// that it was drawn on.
function keep() {
  try {
    if (own.heard >= own.n) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, JSON.stringify({ drawn: linked("drawn"), items: own.items }));
  } catch { /* A browser without storage keeps them until the reload. */ }
}

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT));
    return found && found.drawn === linked("drawn") ? found.items : null;
  } catch {
    return null;
  }
}

function send() {
  clearTimeout(own.timer);
  if (own.heard >= own.n || !own.set) return;
  if (performance.now() - (desk.askedAt || -PATIENCE_MS) < APART_MS) {
    own.timer = setTimeout(send, APART_MS);
    return;
  }
  desk.busyUntil = performance.now() + PATIENCE_MS;
  own.set("drawings", { n: own.n, items: own.items, again: ++own.again });
  own.timer = setTimeout(send, PATIENCE_MS);
}

function change(items) {
  own.rows = items.map((item) => own.rows[own.items.indexOf(item)] || null);
  own.items = items;
  own.n += 1;
  keep();
  draw();
  // A drag of a point, or two keys, give several changes in one go.
  clearTimeout(own.timer);
  own.timer = setTimeout(send);
}

function altered(index, part) {
  change(own.items.map((item, i) => (i === index ? { ...item, ...part } : item)));
}

function freshName(kind) {
  const names = new Set(own.items.map((item) => item.name));
  for (let n = 1; ; n++) {
    const name = own.data.texts.kinds[kind].replace("{n}", n);
    if (!names.has(name)) return name;
  }
}

function onDrawn(told) {
  const what = JSON.parse(JSON.stringify(told)); // Of the map's own world.
  if (what.do === "create") {
    if (own.items.length >= own.data.most) {
      own.said.textContent = own.data.texts.most;
      draw();
      return;
    }
    const { kind, points } = what;
    change([...own.items, { kind, name: freshName(kind), points, ...own.data.first }]);
  } else if (what.shapes.length === own.items.length) {
    const items = own.items.map((item, i) => {
      const points = what.shapes[i];
      return String(points) === String(item.points) ? item : points && { ...item, points };
    }).filter(Boolean);
    if (items.some((item, i) => item !== own.items[i]) || items.length !== own.items.length) {
      change(items);
    }
    else draw();
  }
}

function make(tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  if (text) node.textContent = text;
  return node;
}

const ICONS = {
  area: "M3 6.5 10 2.5l5 4.5-2.5 8-7-1.5z",
  line: "M2 14.5 7 7l4 4 5-8",
  look: "M2 7V2h5M11 2h5v5M16 11v5h-5M7 16H2v-5",
  delete: "M4 4l10 10M14 4L4 14",
};
function icon(name) {
  const box = make("span", { class: `icon ${name}`, "aria-hidden": "true" });
  box.innerHTML = `<svg viewBox="0 0 18 18" width="16" height="16"><path d="${ICONS[name]}"/></svg>`;
  return box;
}

// Where drawings come and go, the element in hand must stay the same: it may have the focus.
function build() {
  const body = make("tbody");
  const at = () => [...own.table.tBodies].indexOf(body);
  const rows = SIDES.map((side) => make("tr", { "data-side": side }));
  const head = make("th", { scope: "rowgroup", rowspan: 2 });
  const name = make("input", { type: "text", class: "name", maxlength: own.data.longest });
  name.addEventListener("change", () => altered(at(), { name: name.value }));
  const size = make("span", { class: "size" });
  const sign = make("span", { class: "sign" });
  const above = make("button", { type: "button", class: "above" });
  above.addEventListener("click", () => {
    const shown = own.data.above !== at();
    if (own.heard >= own.n) own.trigger("above", { n: own.n, index: at(), shown });
  });
  const under = make("span", { class: "under" });
  under.append(size, above);
  head.append(sign, name, under);
  rows[0].append(head);
  const distances = {};
  SIDES.forEach((side, i) => {
    const cell = make("td", { class: "distance" });
    const input = make("input", { type: "number", min: 0, max: 40, step: 0.5 });
    input.addEventListener("change", () => {
      const km = Math.min(40, Math.max(0, Number(input.value) || 0));
      input.value = km;
      altered(at(), { [`${side}_km`]: km });
    });
    distances[side] = input;
    const line = make("div");
    line.append(make("i", { class: `key ${side}` }),
      make("span", {}, own.data.texts.pulls[side]), input, make("span", {}, own.data.texts.km));
    cell.append(line);
    rows[i].append(cell);
    own.data.texts.measures.forEach((measure) =>
      rows[i].append(make("td", { class: "figure", "data-label": measure })));
  });
  const said = make("td", { class: "fault", colspan: own.data.texts.measures.length, rowspan: 2 });
  said.append(make("p", { role: "alert" }));
  rows[0].append(said);
  const last = make("td", { class: "does", rowspan: 2 });
  const does = { look: () => desk.scene && desk.scene.look(at()),
    delete: () => {
      const index = at();
      change(own.items.filter((_item, i) => i !== index));
      const next = own.table.tBodies[Math.min(index, own.items.length - 1)];
      if (next) next.querySelector("button.delete").focus();
    } };
  for (const what in does) {
    const button = make("button", { type: "button", class: what });
    button.append(icon(what));
    button.addEventListener("click", does[what]);
    last.append(button);
  }
  rows[0].append(last);
  body.append(...rows);
  const mark = (on) => () => desk.scene && desk.scene.mark(on ? at() : -1);
  for (const event of ["mouseenter", "focusin"]) body.addEventListener(event, mark(true));
  for (const event of ["mouseleave", "focusout"]) body.addEventListener(event, mark(false));
  body.fill = (item, row, index) => {
    const texts = own.data.texts;
    const called = item.name || texts.kinds[item.kind].replace("{n}", index + 1);
    const put = (input, value) => {
      if (input !== own.root.activeElement && input.value !== String(value)) input.value = value;
    };
    if (sign.dataset.kind !== item.kind) sign.replaceChildren(icon(item.kind));
    sign.dataset.kind = item.kind;
    put(name, item.name);
    name.setAttribute("aria-label", texts.name.replace("{n}", index + 1));
    size.textContent = row ? row.size : "…";
    const isAbove = own.data.above === index;
    above.textContent = isAbove ? texts.is_above : texts.above;
    above.setAttribute("aria-label", texts.above_of.replace("{name}", called));
    above.setAttribute("aria-pressed", String(isAbove));
    above.hidden = !row || Boolean(row.fault);
    SIDES.forEach((side, i) => {
      put(distances[side], item[`${side}_km`]);
      distances[side].previousElementSibling.textContent = texts.pulls[side];
      distances[side].setAttribute("aria-label", texts.pulls_of[side].replace("{name}", called));
      const figures = (row && row.figures[side]) || [];
      rows[i].querySelectorAll(".figure").forEach((cell, k) => {
        cell.textContent = figures[k] || "…";
      });
    });
    const fault = row ? row.fault : "";
    body.classList.toggle("faulty", Boolean(fault));
    const sentence = said.firstChild;
    if (sentence.textContent !== fault) sentence.textContent = fault;
    for (const what in does) {
      const button = last.querySelector(`.${what}`);
      button.setAttribute("aria-label", texts[what].replace("{name}", called));
      button.title = button.getAttribute("aria-label");
    }
  };
  return body;
}

function draw() {
  const { table, items, rows } = own;
  if (!table) return;
  while (table.tBodies.length > items.length) table.tBodies[table.tBodies.length - 1].remove();
  while (table.tBodies.length < items.length) table.append(build());
  items.forEach((item, i) => table.tBodies[i].fill(item, rows[i], i));
  table.hidden = !items.length;
  if (items.length < own.data.most) own.said.textContent = "";
  table.setAttribute("aria-busy", String(own.heard < own.n));
  if (desk.scene && desk.scene.connected()) desk.scene.show(items);
}

export default function (component) {
  const { parentElement: root, data, setStateValue, setTriggerValue } = component;
  own.data = data;
  own.set = setStateValue;
  own.trigger = setTriggerValue;
  own.root = root.getRootNode();
  const table = root.querySelector("table");
  if (own.table !== table) {
    own.table = table;
    own.said = root.querySelector(".said");
  }
  for (const name in data.colours) {
    root.querySelector("table").style.setProperty(`--${name}`, data.colours[name]);
  }
  const head = make("tr");
  head.append(make("th", { scope: "col" }, data.texts.title), make("td"));
  for (const measure of data.texts.measures) head.append(make("th", { scope: "col" }, measure));
  head.append(make("td"));
  table.tHead.replaceChildren(head);

  const before = own.n < 0 ? kept() : null;
  if (data.n >= own.n) {
    own.n = own.heard = data.n;
    own.items = data.items;
    own.rows = data.rows;
    clearTimeout(own.timer);
    desk.busyUntil = 0;
    if (before) change(before);
    else keep();
  } else {
    own.heard = Math.min(own.heard, data.n);
    clearTimeout(own.timer);
    own.timer = setTimeout(send, APART_MS);
  }
  desk.onDrawn = onDrawn;
  desk.onScene = draw;
  draw();
  return () => {
    desk.onDrawn = desk.onScene = null;
  };
}
