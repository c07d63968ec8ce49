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
    "oblasts", "border", "extent", "casing", "line", "spots", "names"];
  const TOUCHED = ["zones", "spots"];
  const FIT = { padding: [28, 28] };

  function make(tag, attributes, text) {
    const node = document.createElement(tag);
    for (const name in attributes || {}) node.setAttribute(name, attributes[name]);
    if (text) node.textContent = text;
    return node;
  }

  // SVG fills: "side" + "ukraine|russia" and "left" for places a side leaves.
  function patterns(theme) {
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
    const holder = make("div", { "aria-hidden": "true" });
    holder.style.cssText = "position:absolute;width:0;height:0;overflow:hidden";
    holder.innerHTML = "<svg width='0' height='0'><defs>" +
      lines("ukraine", theme.ukraine, 8, 2, 0.3, false) + dots("russia", theme.russia) +
      lines("ukraine-left", theme.ukraine, 9, 1.7, 0.22, true) +
      lines("russia-left", theme.russia, 9, 1.7, 0.22, true) + held +
      ruled("dispute", "M0 2H4") + ruled("dispute-other", "M2 0V4") + "</defs></svg>";
    document.body.appendChild(holder);
  }

  const SWATCHES = {
    line: (t) => `<path d="M1 8H21" stroke="${t.line}" stroke-width="3" stroke-linecap="round"/>`,
    "line-other": (t) => `<path d="M1 8H21" stroke="${t.line}" stroke-width="1.6"` +
      ` stroke-dasharray="5 3"/>`,
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
    fill: (t, kind) => `<rect x="1" y="1" width="20" height="14" rx="2" fill="url(#atlas-${kind})"` +
      ` stroke="${t[kind.split("-")[0]] || t.held_hatch}" stroke-width="1"/>`,
  };

  // Names: placed once a zoom level over the whole country, larger towns first, so that panning
  // never makes one jump or blink.
  function nameLayer(map, towns, oblasts) {
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

      function claim(box) {
        const cells = [];
        for (let x = Math.floor(box[0] / cell); x <= Math.floor(box[2] / cell); x++) {
          for (let y = Math.floor(box[1] / cell); y <= Math.floor(box[3] / cell); y++) {
            const id = x + ":" + y;
            cells.push(id);
            if ((taken.get(id) || []).some((b) =>
              b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1])) return false;
          }
        }
        for (const id of cells) {
          if (!taken.has(id)) taken.set(id, []);
          taken.get(id).push(box);
        }
        return true;
      }

      function oblastNames() {
        if (zoom < 6.5 || zoom > 9) return;
        pen.font = `400 12px ${family}`;
        for (const [name, lat, lon] of oblasts) {
          const at = map.project([lat, lon], zoom);
          const half = pen.measureText(name.toUpperCase()).width * 0.62 + 8;
          if (claim([at.x - half, at.y - 12, at.x + half, at.y + 12])) {
            kept.push({ name, lat, lon, look: "oblast" });
          }
        }
      }

      let oblastsDue = true;
      for (const [name, lat, lon, population] of towns) {
        if (population < least(zoom)) break; // sorted, largest first
        const level = rank(population);
        if (oblastsDue && level > 1) {
          oblastNames();
          oblastsDue = false;
        }
        const size = level === 0 ? 14 : level === 1 ? 13 : 12;
        pen.font = `${level < 2 ? 600 : 400} ${size}px ${family}`;
        const at = map.project([lat, lon], zoom);
        const wide = pen.measureText(name).width + 12;
        const high = size * 0.65 + crowd;
        if (claim([at.x - 6 - crowd, at.y - high, at.x + wide + crowd, at.y + high])) {
          kept.push({ name, lat, lon, look: "town atlas-town-" + level });
        }
      }
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
    nameLayer(map, base.towns, base.oblast_names);

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
    scale.addTo(map);

    const legend = L.control({ position: "bottomright" });
    const legendBox = make("div", { class: "atlas-legend" });
    L.DomEvent.disableClickPropagation(legendBox);
    legend.onAdd = () => legendBox;
    legend.addTo(map);

    let home = null;
    let homeKey = null;
    let moved = false;
    function goHome() {
      // A map in a column has no size at first, and nothing fits into that.
      const { x: wide, y: high } = map.getSize();
      if (home && Math.min(wide, high) > 3 * FIT.padding[0]) {
        map.fitBounds(home, Object.assign({ animate: false }, FIT));
      }
    }
    const fit = L.control({ position: "topleft" });
    fit.onAdd = () => {
      const bar = make("div", { class: "leaflet-bar" });
      const button = make("a", { href: "#", role: "button", title: "Fit the scenario",
        "aria-label": "Fit the scenario", class: "atlas-fit" });
      button.innerHTML = "<svg viewBox='0 0 18 18' width='16' height='16' aria-hidden='true'>" +
        "<path d='M2 7V2h5M11 2h5v5M16 11v5h-5M7 16H2v-5' fill='none' stroke='currentColor'" +
        " stroke-width='1.6'/></svg>";
      L.DomEvent.disableClickPropagation(bar);
      L.DomEvent.on(button, "click", (event) => {
        L.DomEvent.preventDefault(event);
        moved = false;
        goHome();
      });
      bar.appendChild(button);
      return bar;
    };
    fit.addTo(map);

    // The page must scroll past the map: the wheel zooms only once the map was clicked.
    map.scrollWheelZoom.disable();
    map.on("click", () => map.scrollWheelZoom.enable());
    map.getContainer().addEventListener("mouseleave", () => map.scrollWheelZoom.disable());
    map.on("dragstart zoomstart", () => { moved = moved || homeKey !== null; });
    new ResizeObserver(() => {
      map.invalidateSize({ animate: false, pan: true });
      if (!moved) quietly(goHome);
    }).observe(map.getContainer());

    function quietly(action) {
      const before = moved;
      action();
      moved = before;
    }

    const made = {
      group(kind, geojson, tip) {
        const [pane, style] = looks[kind];
        if (kind === "line") {
          return L.layerGroup([made.group("casing", geojson), shape(geojson, pane, style)]);
        }
        const layer = shape(geojson, pane, style, tip);
        if (tip) layer.bindTooltip(tip, { sticky: true, className: "atlas-tip" });
        return layer;
      },
      spots(kind, rows) {
        return L.layerGroup(rows.map(([lat, lon, radius, tip]) =>
          dot(kind, [lat, lon], radius).bindTooltip(tip, { className: "atlas-tip" })));
      },
      // [GeoJSON, share of the fullest, tip, null or [name, latitude, longitude]] each.
      areas(rows) {
        const drawn = rows.map(([geojson, share, tip]) => shape(geojson, "zones", {
          fillColor: theme.ink, fillOpacity: 0.05 + 0.25 * share, stroke: false,
          className: "atlas-region",
        }, true).bindTooltip(tip, { sticky: true, className: "atlas-tip" }));
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
          return shape(geojson, "spots", style, true).bindTooltip(tip,
            { sticky: true, className: "atlas-tip" });
        }));
      },
      state(now) {
        // streamlit-folium keeps every group it ever added; let go of those it has removed.
        window.feature_group = (window.feature_group || []).filter((g) => map.hasLayer(g));
        if (now.view && now.view.key !== homeKey) {
          homeKey = now.view.key;
          home = now.view.bounds;
          moved = false;
          quietly(goHome);
        }
        if (now.legend) legendBox.replaceChildren();
        if (now.legend || now.more) {
          legendBox.append(...(now.legend || now.more).map(([kind, label]) => {
            const row = make("div", { class: "atlas-legend-row" });
            const swatch = SWATCHES[kind] ? SWATCHES[kind](theme) : SWATCHES.fill(theme, kind);
            row.innerHTML = `<svg width="22" height="16" aria-hidden="true">${swatch}</svg>` +
              `<span>${label}</span>`;
            return row;
          }));
        }
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
    map.getContainer().setAttribute("role", "region");
    map.getContainer().setAttribute("aria-label", options.label);
    return (pullbackAtlas.map = made);
  }

  const pullbackAtlas = {
    start,
    ground: (kind, geojson, tip) => pullbackAtlas.map.group(kind, geojson, tip),
    spots: (kind, rows) => pullbackAtlas.map.spots(kind, rows),
    areas: (rows) => pullbackAtlas.map.areas(rows),
    cells: (rows) => pullbackAtlas.map.cells(rows),
    state: (now) => pullbackAtlas.map.state(now),
  };
  window.pullbackAtlas = pullbackAtlas;
})();
