// The map in the browser: what folium cannot say about patterns, labels and manners.
//
// geo/webmap.py puts `window.pullbackAtlasBase` (the ground that never changes: neighbours, oblasts,
// water, railways, towns) in front of this file, and calls `pullbackAtlas.start` once for the map and
// `pullbackAtlas.ground` and `pullbackAtlas.state` for everything that moves. Texts arrive
// neutralised (geo.webmap.clean_text) and are put in as HTML; names of towns come raw and are put in
// as text.

(function () {
  "use strict";

  // From the bottom up. Each pane has a renderer of its own, so that putting the zones back on the
  // map never moves them above the line of contact.
  const PANES = ["neighbours", "land", "held", "water", "rivers", "railways", "zones", "dispute",
    "oblasts", "border", "extent", "casing", "line", "drawn", "spots", "names"];
  const TOUCHED = ["zones", "drawn", "spots"];
  // More marks than these are read in the tables beside the map, not one by one with the keyboard.
  const MOST_STOPS = 30;
  const FIT = { padding: [28, 28] };
  const LOOK_MS = 400;

  function make(tag, attributes, text) {
    const node = document.createElement(tag);
    for (const name in attributes || {}) node.setAttribute(name, attributes[name]);
    if (text) node.textContent = text;
    return node;
  }

  // SVG fills: "side" + "ukraine|russia" and "left" for places a side leaves.
  function patterns(theme) {
    if (document.getElementById("atlas-held")) return; // Another map of this page made them.
    const lines = (id, colour, size, width, wash, cross) =>
      `<pattern id="atlas-${id}" patternUnits="userSpaceOnUse" width="${size}" height="${size}"` +
      ` patternTransform="rotate(45)"><rect width="${size}" height="${size}" fill="${colour}"` +
      ` fill-opacity="${wash}"/><path d="M0 0V${size}${cross ? `M0 0H${size}` : ""}"` +
      ` stroke="${colour}" stroke-width="${width}"/></pattern>`;
    const dots = (id, colour) =>
      `<pattern id="atlas-${id}" patternUnits="userSpaceOnUse" width="7" height="7"` +
      ` patternTransform="rotate(30)"><rect width="7" height="7" fill="${colour}" fill-opacity=".3"/>` +
      `<circle cx="3.5" cy="3.5" r="1.25" fill="${colour}"/></pattern>`;
    const held =
      `<pattern id="atlas-held" patternUnits="userSpaceOnUse" width="7" height="7"` +
      ` patternTransform="rotate(45)"><rect width="7" height="7" fill="${theme.held}"/>` +
      `<path d="M0 0V7" stroke="${theme.held_hatch}" stroke-width=".7" stroke-opacity=".65"/></pattern>`;
    // Ground in dispute lies above the zones, whose colours must show through.
    const ruled = (id, path) =>
      `<pattern id="atlas-${id}" patternUnits="userSpaceOnUse" width="4" height="4">` +
      `<path d="${path}" stroke="${theme.ink}" stroke-width="1" stroke-opacity=".6"/></pattern>`;
    // Ground that changed hands: opaque, so that pictures of it can be laid over each other.
    const gained = (id, colour, below, path) =>
      `<pattern id="atlas-${id}" patternUnits="userSpaceOnUse" width="6" height="6"` +
      ` patternTransform="rotate(45)"><rect width="6" height="6" fill="${below}"/>` +
      `<rect width="6" height="6" fill="${colour}" fill-opacity=".5"/>` +
      `<path d="${path}" fill="${colour}" fill-opacity=".8"/></pattern>`;
    const holder = make("div", { "aria-hidden": "true" });
    holder.style.cssText = "position:absolute;width:0;height:0;overflow:hidden";
    holder.innerHTML = "<svg width='0' height='0'><defs>" +
      lines("ukraine", theme.ukraine, 8, 2, 0.3, false) + dots("russia", theme.russia) +
      lines("ukraine-left", theme.ukraine, 9, 1.7, 0.22, true) +
      lines("russia-left", theme.russia, 9, 1.7, 0.22, true) + held +
      gained("to-russia", theme.russia, theme.held, "M1.5 1.5h2v2h-2Z") +
      gained("to-ukraine", theme.ukraine, theme.land, "M0 0h1.8v6h-1.8Z") +
      ruled("dispute", "M0 2H4") + ruled("dispute-other", "M2 0V4") + "</defs></svg>";
    document.body.appendChild(holder);
  }

  // What two scenarios share, and what only the first or the second has. Not every map shows it: a
  // pattern is made when it is first drawn.
  function difference(theme, kind) {
    const [part, side] = kind.split("-");
    const colour = theme[side];
    const inner = {
      shared: `<rect width="8" height="8" fill="${colour}" fill-opacity=".13"/>`,
      first: `<rect width="8" height="8" fill="${colour}" fill-opacity=".72"/>`,
      second: `<rect width="8" height="8" fill="${theme.land}" fill-opacity=".55"/>` +
        `<path d="M0 0V8M4 0V8" stroke="${colour}" stroke-width="1.5"/>`,
    }[part];
    const defs = document.querySelector("svg defs");
    if (inner && !document.getElementById(`atlas-${kind}`)) {
      const turn = side === "ukraine" ? 45 : -45;
      defs.innerHTML += `<pattern id="atlas-${kind}" patternUnits="userSpaceOnUse" width="8"` +
        ` height="8" patternTransform="rotate(${turn})">${inner}</pattern>`;
    }
    return ["zones", { fillColor: `url(#atlas-${kind})`, fillOpacity: 1, color: colour,
      weight: part === "shared" ? 0.6 : 1.1, opacity: part === "shared" ? 0.5 : 0.9,
      className: `atlas-zone atlas-${kind}` }];
  }

  // The window of the page around the map: its own where that page is another site's.
  function around() {
    try {
      return window.parent.document && window.parent;
    } catch {
      return window;
    }
  }

  // Maps of one page that show the same ground. The one that the reader touches leads; only the
  // leader is followed, so that no two ever answer each other.
  function showTogether(map, name) {
    const page = around();
    const groups = page.atlasTogether || (page.atlasTogether = {});
    const group = groups[name] || (groups[name] = { maps: new Set(), leader: null, moved: false });
    const me = { map, home: null };
    const frame = window.frameElement;
    const others = () => [...group.maps].filter((one) => one !== me && one.alive());
    const lead = () => { group.leader = me; };
    me.alive = () => !frame || frame.isConnected;
    me.follow = (centre, zoom, how) => {
      const goal = L.latLng(centre.lat, centre.lng);
      if (how === "drag" && zoom === map.getZoom()) {
        // As dragging does: the ground is moved, and drawn anew once it rests.
        const by = map.project(goal, zoom).subtract(map.project(map.getCenter(), zoom)).round();
        if (by.x || by.y) map._rawPanBy(by);
      } else {
        map.setView(goal, zoom, { animate: how === "zoom" });
      }
    };
    const tell = (how, centre, zoom) => {
      if (group.leader === me) others().forEach((one) => one.follow(centre, zoom, how));
    };
    group.maps.forEach((one) => { if (!one.alive()) group.maps.delete(one); });
    group.maps.add(me);
    window.addEventListener("pagehide", () => group.maps.delete(me));
    for (const touch of ["pointerdown", "wheel", "keydown", "focusin"]) {
      map.getContainer().addEventListener(touch, lead, { capture: true, passive: true });
    }
    map.on("zoomanim", (event) => tell("zoom", event.center, event.zoom));
    map.on("move", () => tell("drag", map.getCenter(), map.getZoom()));
    map.on("moveend", () => tell("rest", map.getCenter(), map.getZoom()));
    // A ring shows on the other maps where the pointer is.
    const ring = make("div", { class: "atlas-ring", "aria-hidden": "true" });
    map.getContainer().appendChild(ring);
    me.point = (at) => {
      ring.style.display = at ? "block" : "none";
      if (!at) return;
      const place = map.latLngToContainerPoint([at.lat, at.lng]);
      ring.style.transform = `translate3d(${place.x}px,${place.y}px,0)`;
    };
    map.on("mousemove", (event) => others().forEach((one) => one.point(event.latlng)));
    map.on("mouseout", () => others().forEach((one) => one.point(null)));
    const inView = (bounds) => {
      me.home = bounds;
      const all = [me, ...others()].filter((one) => one.home).map((one) => one.home);
      const corner = (pick, at) => [0, 1].map((i) => pick(...all.map((each) => each[at][i])));
      return [corner(Math.min, 0), corner(Math.max, 1)];
    };
    map.on("moveend", () => {
      if (group.leader === me) group.view = [map.getCenter(), map.getZoom()];
    });
    return {
      lead,
      // All that the maps of the group are about.
      home: inView,
      get leads() { return group.leader === me; },
      // Where the reader went, as long as the maps are about the same ground.
      kept(bounds) {
        const about = String(inView(bounds));
        const kept = group.moved && group.about === about ? group.view : null;
        group.about = about;
        return kept;
      },
      get moved() { return group.moved; },
      set moved(value) { group.moved = value; },
    };
  }

  function alone() {
    return { moved: false, leads: true, lead() {}, home: (bounds) => bounds, kept: () => null };
  }

  const SWATCHES = {
    line: (t) => `<path d="M1 8H21" stroke="${t.line}" stroke-width="3" stroke-linecap="round"/>`,
    "line-other": (t) => `<path d="M1 8H21" stroke="${t.line}" stroke-width="1.6"` +
      ` stroke-dasharray="5 3"/>`,
    drawn: (t) => `<path d="M1 8H21" stroke="${t.drawn}" stroke-width="2.4"` +
      ` stroke-dasharray="6 3"/>`,
    edge: (t) => `<path d="M1.5 1.5H20.5V7.5H1.5Z" fill="none" stroke="${t.ukraine}"` +
      ` stroke-width="1.4"/><path d="M1.5 7.5H20.5V14.5H1.5Z" fill="none" stroke="${t.russia}"` +
      ` stroke-width="1.4"/>`,
    extent: (t) => `<path d="M1 8H21" stroke="${t.extent}" stroke-width="1.6"/>`,
    launch: (t) => `<circle cx="11" cy="8" r="6" fill="${t.ink}" fill-opacity=".55"` +
      ` stroke="${t.ink}"/>`,
    region: (t) => `<path d="M1 1H11V15H1Z" fill="${t.ink}" fill-opacity=".05"/>` +
      `<path d="M11 1H21V15H11Z" fill="${t.ink}" fill-opacity=".3"/>` +
      `<rect x="1" y="1" width="20" height="14" rx="2" fill="none" stroke="${t.ink}"` +
      ` stroke-opacity=".75" stroke-width="1.2" stroke-dasharray="2 3"/>`,
    incident: (t) => `<path d="M11 1.5L17.5 8L11 14.5L4.5 8Z" fill="${t.got_through}"` +
      ` stroke="${t.casing}"/>`,
    event: (t) => `<circle cx="11" cy="8" r="4" fill="${t.drawn}" stroke="${t.casing}"/>`,
    cell: (t) => `<rect x="1" y="2" width="10" height="12" fill="${t.drawn}" fill-opacity=".2"/>` +
      `<rect x="11" y="2" width="10" height="12" fill="${t.drawn}" fill-opacity=".85"/>`,
    "to-russia": (t) => SWATCHES.fill({ to: t.russia }, "to-russia"),
    "to-ukraine": (t) => SWATCHES.fill({ to: t.ukraine }, "to-ukraine"),
    "then-russia": (t) => SWATCHES.then(t.russia),
    "then-ukraine": (t) => SWATCHES.then(t.ukraine),
    then: (colour) => `<rect x="1.5" y="1.5" width="19" height="13" rx="2" fill="none"` +
      ` stroke="${colour}" stroke-width="1.6" stroke-dasharray="4 3"/>`,
    fill: (t, kind) => `<rect x="1" y="1" width="20" height="14" rx="2" fill="url(#atlas-${kind})"` +
      ` stroke="${t[kind.split("-")[0]] || t[kind.split("-")[1]] || t.held_hatch}"` +
      ` stroke-width="1"/>`,
  };

  // Names: placed once a zoom level over the whole country, larger towns first, so that panning
  // never makes one jump or blink.
  function nameLayer(map, towns, oblasts, language) {
    const pane = map.getPane("names");
    const pen = document.createElement("canvas").getContext("2d");
    const family = getComputedStyle(map.getContainer()).fontFamily;
    const levels = new Map();

    function rank(population) {
      return population >= 250000 ? 0 : population >= 80000 ? 1 : population >= 20000 ? 2 : 3;
    }

    function least(zoom) {
      if (zoom < 6.5) return 200000;
      if (zoom < 7.25) return 60000;
      if (zoom < 8) return 18000;
      if (zoom < 9) return 6000;
      if (zoom < 10) return 1500;
      return 0;
    }

    function place(zoom) {
      const key = zoom.toFixed(2);
      if (levels.has(key)) return levels.get(key);
      const taken = new Map();
      const kept = [];
      const cell = 64;
      const crowd = 3;
      const dot = 5; // so far a box reaches beyond the middle of its dot
      const shown = towns.filter((town) => town[3] >= least(zoom)); // sorted, largest first
      // The dots of those that no other name should cover.
      const dots = shown.filter((town) => town[3] >= 20000)
        .map(([, lat, lon]) => map.project([lat, lon], zoom));

      function cells(box) {
        const found = [];
        for (let x = Math.floor(box[0] / cell); x <= Math.floor(box[2] / cell); x++) {
          for (let y = Math.floor(box[1] / cell); y <= Math.floor(box[3] / cell); y++) {
            found.push(x + ":" + y);
          }
        }
        return found;
      }

      function free(box) {
        return !cells(box).some((id) => (taken.get(id) || []).some((b) =>
          b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1]));
      }

      function claim(box) {
        for (const id of cells(box)) {
          if (!taken.has(id)) taken.set(id, []);
          taken.get(id).push(box);
        }
      }

      // Which is the largest town after this one whose dot lies in a box.
      function covered(box, number) {
        const room = dot + 2;
        for (let i = number + 1; i < dots.length; i++) {
          const { x, y } = dots[i];
          if (box[0] < x + room && box[2] > x - room && box[1] < y + room && box[3] > y - room) {
            return i;
          }
        }
        return Infinity;
      }

      function oblastNames() {
        if (zoom < 6.5 || zoom > 9) return;
        pen.font = `400 12px ${family}`;
        for (const [english, lat, lon, ukrainian] of oblasts) {
          const name = language === "uk" ? ukrainian : english;
          const at = map.project([lat, lon], zoom);
          const half = pen.measureText(name.toUpperCase()).width * 0.62 + 8;
          const box = [at.x - half, at.y - 12, at.x + half, at.y + 12];
          if (free(box)) {
            claim(box);
            kept.push({ name, lat, lon, look: "oblast" });
          }
        }
      }

      let oblastsDue = true;
      shown.forEach(([english, lat, lon, population, ukrainian], number) => {
        const name = language === "uk" ? ukrainian : english;
        const level = rank(population);
        if (oblastsDue && level > 1) {
          oblastNames();
          oblastsDue = false;
        }
        const size = level === 0 ? 14 : level === 1 ? 13 : 12;
        pen.font = `${level < 2 ? 600 : 400} ${size}px ${family}`;
        const at = map.project([lat, lon], zoom);
        const wide = pen.measureText(name).width + 12 + crowd;
        const high = size * 0.65 + crowd;
        const sides = [["right", dot, wide], ["left", wide, dot]].map(([side, west, east]) => {
          const box = [at.x - west, at.y - high, at.x + east, at.y + high];
          return { side, box, covers: covered(box, number) };
        }).filter(({ box }) => free(box));
        if (!sides.length) return;
        // Right of its dot, unless a larger town would lose its own by that.
        const best = sides[1] && sides[1].covers > sides[0].covers ? sides[1] : sides[0];
        claim(best.box);
        kept.push({ name, lat, lon, look: `town atlas-town-${level} atlas-${best.side}` });
      });
      if (oblastsDue) oblastNames();
      levels.set(key, kept);
      return kept;
    }

    function draw() {
      const view = map.getBounds().pad(0.4);
      const parts = document.createDocumentFragment();
      for (const { name, lat, lon, look } of place(map.getZoom())) {
        if (!view.contains([lat, lon])) continue;
        const at = map.latLngToLayerPoint([lat, lon]).round();
        const label = make("div", { class: `atlas-name atlas-${look}` }, name);
        label.style.transform = `translate3d(${at.x}px,${at.y}px,0)`;
        parts.appendChild(label);
      }
      pane.replaceChildren(parts);
    }

    pane.classList.add("leaflet-zoom-hide");
    map.on("moveend viewreset", draw);
    draw();
  }

  // What the map shares with the page around it (pages/drawings.js); null where it stands alone.
  function deskOf() {
    try {
      if (window.parent === window) return null;
      return window.parent.atlasDesk || (window.parent.atlasDesk = {});
    } catch {
      return null; // Another site's page: its window is closed to us.
    }
  }

  // Where the reader looks, in the address bar (geo/link.py): of that the server knows nothing. Each
  // page has a view of its own; null is that of what is asked.
  function addressOf(desk) {
    const page = window.parent.location.pathname;
    const views = desk.views || (desk.views = {});
    if (views[page] === undefined) views[page] = viewOf(window.parent.location.search);
    // Streamlit writes the address anew with every question; the view is put back into it.
    function keep() {
      const { pathname, search } = window.parent.location;
      const view = views[page];
      const wanted = view && [view.lat.toFixed(4), view.lng.toFixed(4), view.zoom.toFixed(2)].join("_");
      if (pathname !== page || wanted === new URLSearchParams(search).get("view")) return;
      const parts = search.replace(/^\?/, "").split("&")
        .filter((part) => part && !part.startsWith("view="));
      if (wanted) parts.push(`view=${wanted}`);
      const { history } = window.parent;
      history.replaceState(history.state, "", pathname + (parts.length ? `?${parts.join("&")}` : ""));
    }
    setInterval(keep, LOOK_MS);
    return { get view() { return views[page]; }, set view(now) { views[page] = now; } };
  }

  // The view of a link, or null.
  function viewOf(search) {
    const parts = (new URLSearchParams(search).get("view") || "").split("_").map(Number);
    const within = (value, least, most) => value >= least && value <= most;
    const [lat, lng, zoom] = parts;
    const known = parts.length === 3 && within(lat, 42, 54.5) && within(lng, 18, 45.5) &&
      within(zoom, 5, 13);
    return known ? { lat, lng, zoom } : null;
  }

  function start(map, options) {
    const theme = options.theme;
    const base = window.pullbackAtlasBase;
    const renderers = {};
    patterns(theme);
    PANES.forEach((name, index) => {
      const pane = map.createPane(name);
      pane.style.zIndex = 310 + index * 10;
      if (!TOUCHED.includes(name)) pane.style.pointerEvents = "none";
      // The renderer draws beyond the view, so that a drag does not run off the drawn ground.
      if (name !== "names") renderers[name] = L.svg({ pane: name, padding: 0.5 });
    });

    function shape(geojson, pane, style, interactive) {
      const common = { renderer: renderers[pane], pane, interactive: Boolean(interactive),
        smoothFactor: 0.7, lineJoin: "round" };
      return L.geoJSON(geojson, Object.assign(common, style));
    }

    const flat = (colour) => ({ fillColor: colour, fillOpacity: 1, stroke: false });
    const stroke = (colour, weight, more) =>
      Object.assign({ fill: false, color: colour, weight, opacity: 1 }, more);
    shape(base.neighbours, "neighbours", { fillColor: theme.neighbours, fillOpacity: 1,
      color: theme.border, weight: 0.6, opacity: 0.5 }).addTo(map);
    shape(base.oblasts, "land", flat(theme.land)).addTo(map);
    shape(base.lakes, "water", flat(theme.water)).addTo(map);
    shape(base.rivers, "rivers", stroke(theme.river, 1)).addTo(map);
    shape(base.railways, "railways", stroke(theme.railway, 0.8, { opacity: 0.55 })).addTo(map);
    shape(base.oblast_lines, "oblasts",
      stroke(theme.oblast_line, 0.9, { dashArray: "4 3" })).addTo(map);
    shape(base.border, "border", stroke(theme.border, 1.2)).addTo(map);
    nameLayer(map, base.towns, base.oblast_names, options.language);

    // What moves. `look` names the pane and the pattern; the same group may hold many.
    const looks = {
      held: ["held", { fillColor: "url(#atlas-held)", fillOpacity: 1, stroke: false }],
      casing: ["casing", stroke(theme.casing, 5, { opacity: 0.95 })],
      line: ["line", stroke(theme.line, 2.2)],
      "line-other": ["casing", stroke(theme.line, 1.6, { dashArray: "5 3" })],
      extent: ["extent", stroke(theme.extent, 1.6)],
      drawn: ["extent", stroke(theme.drawn, 2, { dashArray: "6 4" })],
      region: ["zones", stroke(theme.ink, 1.2, { opacity: 0.75, dashArray: "2 3" })],
    };
    for (const side of ["ukraine", "russia"]) {
      for (const kind of [side, side + "-left"]) {
        looks[kind] = ["zones", { fillColor: `url(#atlas-${kind})`, fillOpacity: 1,
          color: theme[side], weight: 1.1, opacity: 0.9, className: `atlas-zone atlas-${kind}` }];
      }
      // While drawings have zones of their own, the scenario's step back to their edges.
      looks[`${side}-edge`] = ["zones", { fillColor: theme[side], fillOpacity: 0.04,
        color: theme[side], weight: 1.4, opacity: 0.9, className: `atlas-zone atlas-${side}-edge` }];
      looks[`${side}-drawn`] = ["zones", { fillColor: `url(#atlas-${side})`, fillOpacity: 1,
        color: theme[side], weight: 1.1, opacity: 0.9,
        className: `atlas-drawn-zone atlas-${side}-drawn` }];
    }

    for (const side of ["ukraine", "russia"]) {
      looks["to-" + side] = ["zones", { fillColor: `url(#atlas-to-${side})`, fillOpacity: 1,
        color: theme[side], weight: 0.8, opacity: 0.9, className: `atlas-to-${side}` }];
      looks["then-" + side] = ["extent", stroke(theme[side], 1.7, { dashArray: "5 4" })];
    }

    // Marks at a point, [latitude, longitude, radius in pixels, tip] each; circles but for one kind.
    const dots = {
      launch: { color: theme.ink, weight: 1, fillColor: theme.ink, fillOpacity: 0.5 },
      event: { color: theme.casing, weight: 0.7, fillColor: theme.drawn, fillOpacity: 0.95 },
    };
    function dot(kind, at, radius) {
      const common = { pane: "spots", renderer: renderers.spots, className: `atlas-spot-${kind}` };
      if (kind !== "incident") {
        return L.circleMarker(at, Object.assign({ radius }, common, dots[kind]));
      }
      const swatch = `<svg width="22" height="16" aria-hidden="true">${SWATCHES.incident(theme)}</svg>`;
      const icon = L.divIcon({ className: "atlas-spot-incident", html: swatch, iconSize: [22, 16] });
      return L.marker(at, { pane: "spots", icon, keyboard: false });
    }

    // What has a tip is a picture with that name; it can be reached with the keyboard unless there
    // is so much of it that nobody would tab through it.
    function named(layer, tip, reached) {
      const plain = make("span");
      plain.innerHTML = tip;
      layer.on("add", () => {
        const element = layer.getElement && layer.getElement();
        if (!element) return;
        element.setAttribute("role", "img");
        element.setAttribute("aria-label", plain.textContent);
        element.setAttribute("tabindex", reached ? "0" : "-1");
        // The keyboard may come to what was moved out of sight.
        element.addEventListener("focus", () => {
          const where = layer.getBounds ? layer.getBounds() : L.latLngBounds([layer.getLatLng()]);
          if (!map.getBounds().intersects(where)) map.panTo(where.getCenter(), { animate: false });
        });
      });
      return layer;
    }

    for (const kind of ["dispute", "dispute-other"]) {
      looks[kind] = ["dispute", { fillColor: `url(#atlas-${kind})`, fillOpacity: 1, color: theme.ink,
        weight: 0.6, opacity: 0.5, className: `atlas-${kind}` }];
    }

    const tiles = L.tileLayer(options.tiles.url, {
      attribution: options.tiles.attribution, maxZoom: 19, className: "atlas-tiles" });
    // The drawn ground makes way only for tiles that have come: without a network it stays.
    tiles.on("tileload", () => {
      if (map.hasLayer(tiles)) map.getContainer().classList.add("atlas-with-tiles");
    });
    const credit = L.control.attribution({ position: "bottomleft", prefix: false }).addTo(map);
    const scale = L.control.scale({ imperial: false, position: "bottomleft", maxWidth: 130 });
    scale._updateMetric = function (most) { // Leaflet's own says km and m in English.
      const metres = this._getRoundNum(most);
      const [unit, n] = metres < 1000 ? ["m", metres] : ["km", metres / 1000];
      this._updateScale(this._mScale, options.texts[unit].replace("{n}", n), metres / most);
    };
    scale.addTo(map);

    const legend = L.control({ position: "bottomright" });
    const legendBox = make("div", { class: "atlas-legend" });
    L.DomEvent.disableClickPropagation(legendBox);
    legend.onAdd = () => legendBox;
    legend.addTo(map);

    const company = options.together ? showTogether(map, options.together) : alone();
    let home = null;
    let homeKey = null;
    let quiet = false;
    // The view that a link asks for, or that the reader left when he went to another page.
    const desk = deskOf();
    const address = options.linked && desk ? addressOf(desk) : null;
    let kept = address ? address.view : null;
    function goKept() {
      map.setView([kept.lat, kept.lng], kept.zoom, { animate: false });
    }
    function goHome() {
      // A map in a column has no size at first, and nothing fits into that.
      const { x: wide, y: high } = map.getSize();
      if (home && Math.min(wide, high) > 3 * FIT.padding[0]) {
        map.fitBounds(company.home(home), Object.assign({ animate: false }, FIT));
      }
    }
    for (const name of ["in", "out"]) {
      const button = map.getContainer().querySelector(`.leaflet-control-zoom-${name}`);
      if (!button) continue;
      button.title = options.texts[name];
      button.setAttribute("aria-label", options.texts[name]);
    }
    const fit = L.control({ position: "topleft" });
    fit.onAdd = () => {
      const bar = make("div", { class: "leaflet-bar" });
      const button = make("a", { href: "#", role: "button", title: options.texts.fit,
        "aria-label": options.texts.fit, class: "atlas-fit" });
      button.innerHTML = "<svg viewBox='0 0 18 18' width='16' height='16' aria-hidden='true'>" +
        "<path d='M2 7V2h5M11 2h5v5M16 11v5h-5M7 16H2v-5' fill='none' stroke='currentColor'" +
        " stroke-width='1.6'/></svg>";
      L.DomEvent.disableClickPropagation(bar);
      L.DomEvent.on(button, "click", (event) => {
        L.DomEvent.preventDefault(event);
        goBack();
      });
      bar.appendChild(button);
      return bar;
    };
    fit.addTo(map);

    // The page must scroll past the map: the wheel zooms only once the map was clicked.
    map.scrollWheelZoom.disable();
    map.on("click", () => map.scrollWheelZoom.enable());
    map.getContainer().addEventListener("mouseleave", () => map.scrollWheelZoom.disable());
    map.on("dragstart zoomstart moveend", ({ type }) => {
      // A map that follows another moves without its reader.
      if (quiet || homeKey === null) return;
      if (type === "moveend" && !(address && company.leads)) return;
      company.moved = true;
      kept = null;
      if (type === "moveend") {
        const { lat, lng } = map.getCenter();
        address.view = { lat, lng, zoom: map.getZoom() };
        tellFrame(true);
      }
    });
    // What the reader made the map show, for the files he saves (pages/rest.js); null: all of it.
    function tellFrame(moved) {
      if (!address) return;
      const bounds = map.getBounds();
      const edges = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
      desk.frames = desk.frames || {};
      desk.frames[window.parent.location.pathname] =
        moved ? edges.map((edge) => Number(edge.toFixed(4))) : null;
    }
    new ResizeObserver(() => quietly(() => {
      map.invalidateSize({ animate: false, pan: true });
      if (!company.moved) goHome();
      else if (kept) goKept();
    })).observe(map.getContainer());

    function quietly(action) {
      const before = company.moved;
      quiet = true;
      action();
      quiet = false;
      company.moved = before;
    }

    // To the whole of what is asked, where the link says nothing of a view.
    function goBack() {
      company.moved = false;
      kept = null;
      if (address) address.view = null;
      quietly(goHome);
      tellFrame(false);
    }

    // A film: pictures of many dates (geo/timeline.py), switched in the browser alone. While one is
    // shown, what the server drew makes way. `reel` has corners, `grid` steps a degree.
    function film(reel) {
      const corners = reel.outline.flatMap(unpack);
      const frames = reel.frames.map((rings) => {
        const front = [];
        const ground = rings.map((parts) => parts.flatMap((part) => {
          if (typeof part === "string") {
            front.push(unpack(part));
            return front[front.length - 1];
          }
          const [from, to] = part;
          return from <= to ? corners.slice(from, to + 1) : corners.slice(to, from + 1).reverse();
        }));
        return { ground, front };
      });
      const shapes = {};
      for (const [name, below, style] of [
        ["older", "held", { fillColor: "url(#atlas-to-ukraine)", fillOpacity: 1, stroke: false }],
        ["newer", "held", { fillColor: "url(#atlas-to-russia)", fillOpacity: 1, stroke: false }],
        ["both", "held", { fillColor: "url(#atlas-held)", fillOpacity: 1, color: theme.held,
          weight: 1 }],
        ["casing", "line", looks.casing[1]],
        ["then", "line", looks["line-other"][1]],
        ["line", "line", looks.line[1]],
      ]) {
        const pane = `film-${below}`;
        if (!renderers[pane]) {
          map.createPane(pane).style.zIndex = Number(map.getPane(below).style.zIndex) + 1;
          map.getPane(pane).style.pointerEvents = "none";
          renderers[pane] = L.svg({ pane, padding: 0.5 });
        }
        const of = below === "held" ? L.polygon : L.polyline;
        shapes[name] = of([], Object.assign({ pane, renderer: renderers[pane], interactive: false,
          smoothFactor: 0.7, lineJoin: "round" }, style)).addTo(map);
      }
      // What both hold is the older ground, cut to the newer: it covers what did not change.
      const [newer, both] = [shapes.newer.getElement(), shapes.both.getElement()];
      const clip = document.createElementNS("http://www.w3.org/2000/svg", "clipPath");
      clip.id = "atlas-newer";
      newer.id = "atlas-newer-path";
      newer.setAttribute("clip-rule", "evenodd");
      clip.innerHTML = "<use href='#atlas-newer-path' clip-rule='evenodd'/>";
      both.parentNode.appendChild(clip);
      both.setAttribute("clip-path", "url(#atlas-newer)");

      function unpack(text) {
        const found = [];
        const at = [0, 0];
        let axis = 0, value = 0, shift = 0;
        for (let i = 0; i < text.length; i++) {
          const letter = text.charCodeAt(i) - 63;
          value |= (letter & 31) << shift;
          shift += 5;
          if (letter >= 32) continue;
          at[axis] += value & 1 ? ~(value >> 1) : value >> 1;
          if (axis) found.push([at[0] / reel.grid, at[1] / reel.grid]);
          axis ^= 1;
          value = shift = 0;
        }
        return found;
      }

      const leave = () => [clip, ...Object.values(shapes)].forEach((shape) => shape.remove());
      const play = (first, second, between) => {
        const [older, newer] = [frames[first], frames[second]];
        shapes.newer.setStyle({ fillColor: `url(#atlas-${between ? "to-russia" : "held"})` });
        shapes.older.setStyle({ fillOpacity: between ? 1 : 0 });
        shapes.older.setLatLngs(older.ground);
        shapes.newer.setLatLngs(newer.ground);
        shapes.both.setLatLngs(between ? older.ground : []);
        shapes.casing.setLatLngs(newer.front);
        shapes.then.setLatLngs(older.front);
        shapes.line.setLatLngs(newer.front);
      };
      return { play, leave };
    }

    const made = {
      // Show the pictures of two dates, the older first, with what the legend calls their lines, and
      // the ground between them or not.
      frame(reel, older, newer, { labels, ground }) {
        if (made.reel !== reel) {
          if (made.film) made.film.leave();
          made.reel = reel;
          made.film = film(reel);
        }
        map.getContainer().classList.add("atlas-film");
        made.film.play(older, newer, ground);
        for (const [kind, label] of [["line-other", labels[0]], ["line", labels[1]]]) {
          const text = legendBox.querySelector(`[data-kind=${kind}] span`);
          if (text) {
            text.dataset.still = text.dataset.still || text.textContent;
            text.textContent = label;
          }
        }
      },
      // Back to what the server drew.
      still() {
        map.getContainer().classList.remove("atlas-film");
        for (const text of legendBox.querySelectorAll("[data-still]")) {
          text.textContent = text.dataset.still;
        }
      },
      group(kind, geojson, tip) {
        const [pane, style] = looks[kind] || difference(theme, kind);
        if (kind === "line") {
          return L.layerGroup([made.group("casing", geojson), shape(geojson, pane, style)]);
        }
        const layer = shape(geojson, pane, style, tip);
        if (tip) {
          layer.eachLayer((part) => named(part, tip, true));
          layer.bindTooltip(tip, { sticky: true, className: "atlas-tip" });
        }
        return layer;
      },
      // What was drawn by hand, with its name in the middle.
      outline(geojson, name) {
        const layer = made.group("drawn", geojson);
        if (!name) return layer;
        return layer.bindTooltip(name, { permanent: true, direction: "center",
          className: "atlas-drawn-name" });
      },
      spots(kind, rows) {
        const reached = rows.length <= MOST_STOPS;
        return L.layerGroup(rows.map(([lat, lon, radius, tip]) =>
          named(dot(kind, [lat, lon], radius), tip, reached)
            .bindTooltip(tip, { className: "atlas-tip" })));
      },
      // [GeoJSON, share of the fullest, tip, null or [name, latitude, longitude]] each.
      areas(rows) {
        const drawn = rows.map(([geojson, share, tip]) => {
          const area = shape(geojson, "zones", { fillColor: theme.ink,
            fillOpacity: 0.05 + 0.25 * share, stroke: false, className: "atlas-region" }, true);
          area.eachLayer((part) => named(part, tip, rows.length <= MOST_STOPS));
          return area.bindTooltip(tip, { sticky: true, className: "atlas-tip" });
        });
        const names = rows.filter((row) => row[3]).map(([, , , [name, lat, lon]]) => {
          const icon = L.divIcon({ className: "atlas-name atlas-area-name", html: name,
            iconSize: [200, 16] });
          return L.marker([lat, lon], { pane: "spots", icon, interactive: false, keyboard: false });
        });
        return L.layerGroup([...drawn, ...names]);
      },
      // [GeoJSON, share of the fullest, tip] each.
      cells(rows) {
        return L.layerGroup(rows.map(([geojson, share, tip]) => {
          const style = { fillColor: theme.drawn, fillOpacity: 0.15 + 0.75 * share,
            color: theme.drawn, weight: 0.4, className: "atlas-cell" };
          const cell = shape(geojson, "spots", style, true);
          cell.eachLayer((part) => named(part, tip, rows.length <= MOST_STOPS));
          return cell.bindTooltip(tip, { sticky: true, className: "atlas-tip" });
        }));
      },
      state(now) {
        // streamlit-folium keeps every group it ever added; let go of those it has removed.
        window.feature_group = (window.feature_group || []).filter((g) => map.hasLayer(g));
        if (now.view && now.view.key !== homeKey) {
          const first = homeKey === null;
          homeKey = now.view.key;
          home = now.view.bounds;
          const shared = company.kept(home);
          if (shared) {
            map.setView([shared[0].lat, shared[0].lng], shared[1], { animate: false });
          } else if (first && kept) {
            company.moved = true;
            quietly(goKept);
            tellFrame(true);
          } else {
            company.lead();
            goBack();
          }
        }
        if (now.look) {
          company.moved = true;
          quietly(() => map.fitBounds(now.look, { animate: false }));
        }
        if (now.legend) legendBox.replaceChildren();
        if (now.legend || now.more) {
          legendBox.append(...(now.legend || now.more).map(([kind, label]) => {
            const row = make("div", { class: "atlas-legend-row" });
            const swatch = SWATCHES[kind] ? SWATCHES[kind](theme) : SWATCHES.fill(theme, kind);
            row.innerHTML = `<svg width="22" height="16" aria-hidden="true">${swatch}</svg>` +
              `<span>${label}</span>`;
            row.dataset.kind = kind;
            return row;
          }));
        }
        if (now.shown) made.shown = now.shown;
        if (now.credit && now.credit !== made.credit) {
          credit.removeAttribution(made.credit || "");
          credit.addAttribution(now.credit);
          made.credit = now.credit;
        }
        if ("tiles" in now && now.tiles !== map.hasLayer(tiles)) {
          if (now.tiles) {
            tiles.addTo(map);
          } else {
            tiles.remove();
            map.getContainer().classList.remove("atlas-with-tiles");
          }
        }
      },
    };
    if (options.tools && L.Control.Draw) {
      const scene = pullbackAtlas.tools(map, theme,
        Object.assign({ renderer: renderers.drawn, desk }, options.tools));
      if (desk) desk.scene = scene;
      if (desk && desk.onScene) desk.onScene();
    }
    map.getContainer().setAttribute("role", "region");
    map.getContainer().setAttribute("aria-label", options.label);
    return (pullbackAtlas.map = made);
  }

  const pullbackAtlas = {
    start,
    ground: (kind, geojson, tip) => pullbackAtlas.map.group(kind, geojson, tip),
    outline: (geojson, name) => pullbackAtlas.map.outline(geojson, name),
    spots: (kind, rows) => pullbackAtlas.map.spots(kind, rows),
    areas: (rows) => pullbackAtlas.map.areas(rows),
    cells: (rows) => pullbackAtlas.map.cells(rows),
    state: (now) => pullbackAtlas.map.state(now),
  };
  window.pullbackAtlas = pullbackAtlas;
})();
