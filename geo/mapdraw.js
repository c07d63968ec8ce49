// Drawing and measuring on the map, with Leaflet.draw.
//
// What is drawn belongs to the page around the map, which knows names and distances
// (pages/drawings.js): the two meet at `atlasDesk`, an object on the page's window. The map tells
// it what the hand did and shows what it is given; it asks nothing of the server.

(function () {
  "use strict";

  const STEPS = 1e4; // of a degree that are kept (geo/packing.py)
  const RADIANS = Math.PI / 180;
  // WGS 84
  const A = 6378137;
  const F = 1 / 298.257223563;
  const B = A * (1 - F);
  const E2 = F * (2 - F);
  const E = Math.sqrt(E2);

  // Metres along the ellipsoid between two points in degrees (Vincenty 1975, inverse). The map
  // ends long before two points lie opposite each other, where this would not converge.
  function distance(lat1, lon1, lat2, lon2) {
    const u1 = Math.atan((1 - F) * Math.tan(lat1 * RADIANS));
    const u2 = Math.atan((1 - F) * Math.tan(lat2 * RADIANS));
    const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
    const apart = (lon2 - lon1) * RADIANS;
    let lambda = apart;
    for (let turn = 0; turn < 100; turn++) {
      const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
      const sine = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
      if (sine === 0) return 0;
      const cosine = s1 * s2 + c1 * c2 * cl;
      const sigma = Math.atan2(sine, cosine);
      const alpha = c1 * c2 * sl / sine;
      const cos2 = 1 - alpha * alpha;
      const mid = cos2 === 0 ? 0 : cosine - 2 * s1 * s2 / cos2;
      const c = F / 16 * cos2 * (4 + F * (4 - 3 * cos2));
      const before = lambda;
      lambda = apart + (1 - c) * F * alpha *
        (sigma + c * sine * (mid + c * cosine * (2 * mid * mid - 1)));
      if (Math.abs(lambda - before) > 1e-12) continue;
      const q = cos2 * (A * A - B * B) / (B * B);
      const k = 1 + q / 16384 * (4096 + q * (q * (320 - 175 * q) - 768));
      const m = q / 1024 * (256 + q * (q * (74 - 47 * q) - 128));
      return B * k * (sigma - m * sine * (mid + m / 4 * (cosine * (2 * mid * mid - 1) -
        m / 6 * mid * (4 * sine * sine - 3) * (4 * mid * mid - 3))));
    }
    return NaN;
  }

  // Of the equal-area (authalic) latitude (Snyder 1987, 3-11 and 3-12).
  function q(sine) {
    return (1 - E2) * (sine / (1 - E2 * sine * sine) -
      Math.log((1 - E * sine) / (1 + E * sine)) / (2 * E));
  }

  // Square metres within points in degrees: on the sphere of equal area, whose great circles
  // lie so near to the ellipsoid's that 0.001 % is all they differ on this map.
  function area(points) {
    const whole = q(1);
    const half = points.map(([lat]) => Math.tan(Math.asin(q(Math.sin(lat * RADIANS)) / whole) / 2));
    let excess = 0;
    points.forEach(([, lon], i) => {
      const next = (i + 1) % points.length;
      const turn = Math.tan((points[next][1] - lon) * RADIANS / 2);
      excess += 2 * Math.atan2(turn * (half[i] + half[next]), 1 + half[i] * half[next]);
    });
    return Math.abs(excess) * A * A * whole / 2;
  }

  function round(value) {
    return Math.round(value * STEPS) / STEPS;
  }

  function ring(layer) {
    const found = layer.getLatLngs();
    return Array.isArray(found[0]) ? found[0] : found;
  }

  function points(layer) {
    return ring(layer).map(({ lat, lng }) => [round(lng), round(lat)]);
  }

  function tools(map, theme, options) {
    const { texts, most } = options;
    const desk = options.desk;
    const told = new Intl.NumberFormat(options.locale, { maximumSignificantDigits: 4 });
    const km = (metres) => texts.km.replace("{n}", told.format(metres / 1000));
    const km2 = (m2) => texts.km2.replace("{n}", told.format(m2 / 1e6));

    // Leaflet.draw measures with these.
    map.distance = (a, b) => {
      const [from, to] = [L.latLng(a), L.latLng(b)];
      return distance(from.lat, from.lng, to.lat, to.lng);
    };
    const areaOf = (latlngs) => area(latlngs.map(({ lat, lng }) => [lat, lng]));
    Object.assign(L.GeometryUtil, { geodesicArea: areaOf, readableDistance: km,
      readableArea: km2 });
    say(L.drawLocal, texts.draw);

    const look = { color: theme.drawn, weight: 2.6, opacity: 1, dashArray: "6 4", fill: false,
      pane: "drawn", renderer: options.renderer, bubblingMouseEvents: true };
    const icon = (size, name) => new L.DivIcon({ iconSize: new L.Point(size, size),
      className: `leaflet-div-icon leaflet-editing-icon atlas-vertex ${name || ""}` });
    const pen = { shapeOptions: look, metric: true, feet: false, maxPoints: most,
      icon: icon(10), touchIcon: icon(20), allowIntersection: true, showLength: true,
      zIndexOffset: 2000 };

    const Measure = L.Draw.Polyline.extend({
      initialize(onMap, given) {
        L.Draw.Polyline.prototype.initialize.call(this, onMap, given);
        this.type = "measure";
      },
      addHooks() {
        L.Draw.Polyline.prototype.addHooks.call(this);
        clearMeasured();
      },
      _getMeasurementString() {
        const corners = this._poly.getLatLngs();
        const here = this._currentLatLng ? [...corners, this._currentLatLng] : corners;
        return measure(here);
      },
      _fireCreatedEvent() {
        showMeasured(this._poly.getLatLngs());
      },
    });

    function measure(latlngs) {
      let length = 0;
      latlngs.slice(1).forEach((to, i) => { length += map.distance(latlngs[i], to); });
      const text = km(length);
      if (latlngs.length < 3) return text;
      return `${text} · ${texts.closed.replace("{area}", km2(areaOf(latlngs)))}`;
    }

    let measured = null;
    function clearMeasured() {
      if (measured) measured.remove();
      measured = null;
    }
    function showMeasured(latlngs) {
      clearMeasured();
      const text = measure(latlngs);
      const style = { color: theme.ink, weight: 1.6, dashArray: "2 4", pane: "drawn",
        renderer: options.renderer };
      measured = L.polyline(latlngs, style).addTo(map);
      const label = document.createElement("button");
      label.type = "button";
      label.title = texts.forget;
      label.textContent = `${text}  ×`;
      L.DomEvent.on(label, "click", L.DomEvent.stop).on(label, "click", clearMeasured);
      measured.bindTooltip(label, { permanent: true, interactive: true, direction: "top",
        className: "atlas-tip atlas-measured" }).openTooltip(latlngs[latlngs.length - 1]);
      announce(text);
    }

    const voice = document.createElement("div");
    voice.setAttribute("role", "status");
    voice.className = "atlas-voice";
    map.getContainer().appendChild(voice);
    function announce(text) { voice.textContent = text; }

    L.DrawToolbar.include({
      getModeHandlers(onMap) {
        const { title } = texts;
        return [
          { enabled: true, title: title.area,
            handler: new L.Draw.Polygon(onMap, { ...pen, showArea: true }) },
          { enabled: true, title: title.line, handler: new L.Draw.Polyline(onMap, pen) },
          { enabled: true, title: title.measure,
            handler: new Measure(onMap, { ...pen, shapeOptions: { ...look, color: theme.ink } }) },
        ];
      },
    });

    const drawn = L.featureGroup().addTo(map);
    const control = new L.Control.Draw({
      position: "topleft",
      draw: {},
      edit: { featureGroup: drawn, poly: { allowIntersection: true, icon: icon(10),
        touchIcon: icon(20) }, edit: { selectedPathOptions: { maintainColor: true, opacity: 1,
        dashArray: "1 5", fill: false } }, remove: {} },
    });
    control.addTo(map);
    const bars = control.getContainer();
    for (const link of bars.querySelectorAll("a")) link.setAttribute("role", "button");
    const labels = { "draw-polygon": texts.title.area, "draw-polyline": texts.title.line,
      "draw-measure": texts.title.measure, "edit-edit": texts.draw.edit.toolbar.buttons.edit,
      "edit-remove": texts.draw.edit.toolbar.buttons.remove };
    for (const name in labels) {
      bars.querySelector(`.leaflet-draw-${name}`).setAttribute("aria-label", labels[name]);
    }

    // What is shown, and the layers that show it.
    let shown = [];
    let layers = [];
    let busy = false; // between the start and the end of editing or deleting

    // A name stands right only once its style sheet and font have come.
    const sized = new ResizeObserver((entries) => {
      for (const { target } of entries) if (target.atlasName) target.atlasName.update();
    });

    function dress(layer, item) {
      const name = document.createElement("span");
      name.textContent = item.name;
      if (!item.name) {
        layer.unbindTooltip();
      } else if (layer.getTooltip()) {
        layer.setTooltipContent(name);
      } else {
        layer.off("tooltipopen").on("tooltipopen", ({ tooltip }) => {
          const element = tooltip.getElement();
          element.atlasName = tooltip;
          sized.observe(element);
        });
        layer.bindTooltip(name, { permanent: true, direction: "center", opacity: 1,
          className: "atlas-drawn-name" });
      }
    }

    function make(item) {
      const latlngs = item.points.map(([lon, lat]) => [lat, lon]);
      const layer = item.kind === "area" ? L.polygon(latlngs, { ...look })
        : L.polyline(latlngs, { ...look });
      dress(layer, item);
      return layer;
    }

    function show(items) {
      if (busy) return;
      const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
      const next = items.map((item, i) => {
        const kept = layers[i];
        if (kept && same([shown[i].kind, shown[i].points], [item.kind, item.points])) {
          if (shown[i].name !== item.name) dress(kept, item);
          return kept;
        }
        return make(item);
      });
      layers.filter((layer) => !next.includes(layer)).forEach((layer) => drawn.removeLayer(layer));
      next.filter((layer) => !drawn.hasLayer(layer)).forEach((layer) => drawn.addLayer(layer));
      layers = next;
      shown = JSON.parse(JSON.stringify(items));
    }

    function tell(what) {
      if (desk && desk.onDrawn) desk.onDrawn(what);
    }

    // A layer that was deleted leaves its place empty until the page has taken note.
    function tellAll() {
      tell({ do: "reshape", shapes: layers.map((layer) =>
        drawn.hasLayer(layer) ? points(layer) : null) });
    }

    map.on("draw:created", ({ layer, layerType }) => {
      tell({ do: "create", kind: layerType === "polygon" ? "area" : "line",
        points: points(layer) });
    });
    map.on("draw:editstart", () => { busy = true; });
    map.on("draw:editvertex", tellAll);
    map.on("draw:editstop", () => {
      // Cancelled or saved: by now the layers have the shape that stays.
      setTimeout(() => { busy = false; tellAll(); });
    });
    map.on("draw:deletestart", () => {
      busy = true;
      // An outline is too thin to be hit.
      layers.forEach((layer) => layer.setStyle({ weight: 9, opacity: 0.75,
        fill: layer instanceof L.Polygon, fillColor: theme.drawn, fillOpacity: 0.15 }));
    });
    map.on("draw:deletestop", () => {
      layers.forEach((layer) => layer.setStyle(look));
      setTimeout(() => { busy = false; tellAll(); });
    });

    // By keyboard: the arrows move the map, the space bar sets a point in its middle.
    let active = null;
    const cross = document.createElement("div");
    cross.className = "atlas-cross";
    cross.setAttribute("aria-hidden", "true");
    map.getContainer().appendChild(cross);
    const drawToolbar = control._toolbars.draw;
    map.on("draw:drawstart", ({ layerType }) => {
      active = drawToolbar._modes[layerType] ? drawToolbar._modes[layerType].handler : null;
      clearMeasured();
      announce(texts.keys);
    });
    map.on("draw:drawstop", () => { active = null; cross.classList.remove("atlas-on"); });
    map.getContainer().addEventListener("keydown", (event) => {
      if (!active || event.target.closest("a, button")) return;
      if (event.key === " ") {
        cross.classList.add("atlas-on");
        active.addVertex(map.getCenter());
      } else if (event.key === "Enter") {
        active.completeShape();
      } else if (event.key === "Backspace") {
        active.deleteLastVertex();
      } else {
        if (event.key.startsWith("Arrow")) cross.classList.add("atlas-on");
        return;
      }
      event.preventDefault();
    });

    return {
      show,
      connected: () => map.getContainer().isConnected,
      mark(index) {
        layers.forEach((layer, i) => {
          if (!busy) layer.setStyle({ weight: i === index ? 5 : look.weight });
        });
      },
      look(index) {
        if (layers[index]) map.fitBounds(layers[index].getBounds(), { padding: [40, 40] });
      },
    };
  }

  // Texts in place of Leaflet.draw's own.
  function say(into, texts) {
    for (const name in texts) {
      if (typeof texts[name] === "object") say(into[name], texts[name]);
      else into[name] = texts[name];
    }
  }

  window.pullbackAtlas.geodesic = { distance, area };
  window.pullbackAtlas.tools = tools;
})();
