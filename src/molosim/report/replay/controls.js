// What a reader can press, and the start of it all.

function option(alternative) {
  return node("option", DATA.alternatives[alternative], { value: String(alternative) });
}

function legendEntry(shape, colour, words) {
  const entry = node("li", "");
  const sign = node("span", "", { class: `sign ${shape}`, "aria-hidden": "true" });
  sign.style.setProperty("--colour", colour);
  entry.append(sign, words);
  return entry;
}

function fillLegend() {
  const vehicles = new Map();
  for (const { operator, purpose } of DATA.motions) {
    vehicles.set(`${operator}: ${named(purpose)}`, [markerOf(purpose), operatorColour(operator, purpose)]);
  }
  const entries = [...vehicles].map(([words, [shape, colour]]) => legendEntry(shape, colour, words));
  for (const kind of new Set(DATA.marks.map((mark) => mark.kind))) {
    entries.push(legendEntry(MARK_SHAPES[kind], "#ffffff", named(kind)));
  }
  $("legend").append(...entries);
  $("ramp").style.background = `linear-gradient(90deg, ${FILLS.join(", ")})`;
  $("lines").append(...DATA.alternatives.map((name, alternative) => {
    const dashes = alternative % LINE_DASHES.length;
    return legendEntry(`line dash-${dashes}`, LINE_COLOURS[alternative % LINE_COLOURS.length], name);
  }));
}

function fillTable() {
  const row = (key, words) => {
    const made = node("tr", "");
    made.append(node("th", words, { scope: "row" }), node("td", "", { id: `${key}-0`, class: "n" }));
    made.append(node("td", "", { id: `${key}-1`, class: "n right-side" }));
    return made;
  };
  $("counts").append(row("away", say("away")));
  $("counts").append(...DATA.quantities.map((quantity) => row(quantity.key, withUnit(quantity))));
}

function toMetres(side, event) {
  const place = $(`map-${side}`).getBoundingClientRect();
  return {
    x: ranges.x.start + (event.clientX - place.left) * view.metresPerPx,
    y: ranges.y.end - (event.clientY - place.top) * view.metresPerPx,
  };
}

function tell(side, event) {
  const { x, y } = toMetres(side, event);
  const words = maps[side].near(x, y, NEAR_PX * view.metresPerPx);
  const tip = $(`tip-${side}`);
  tip.hidden = words.length === 0;
  tip.textContent = words.join("\n");
  const place = $(`map-${side}`).getBoundingClientRect();
  const left = event.clientX - place.left;
  tip.style.left = `${Math.max(Math.min(left + 12, place.width - tip.offsetWidth - 4), 4)}px`;
  tip.style.top = `${Math.min(event.clientY - place.top + 14, place.height - tip.offsetHeight - 4)}px`;
}

function listenToMap(side) {
  const map = $(`map-${side}`);
  let held = null;
  map.addEventListener("pointerdown", (event) => {
    held = view.zoom > 1 ? event : null;
    if (held) map.setPointerCapture(event.pointerId);
    tell(side, event);
  });
  map.addEventListener("pointermove", (event) => {
    tell(side, event);
    if (!held) return;
    pan((held.clientX - event.clientX) * view.metresPerPx, (event.clientY - held.clientY) * view.metresPerPx);
    held = event;
  });
  for (const over of ["pointerup", "pointercancel"]) map.addEventListener(over, () => { held = null; });
  map.addEventListener("pointerleave", () => { $(`tip-${side}`).hidden = true; });
  map.addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const way = ways[event.key];
    if (!way || view.zoom === 1) return;
    event.preventDefault();
    event.stopPropagation();
    pan(way[0] * 60 * view.metresPerPx, way[1] * 60 * view.metresPerPx);
  });
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest("input, select, button, summary, a")) return;
    if (event.key === " ") play(!state.playing);
    else if (event.key === "ArrowLeft") seek(Math.ceil(state.position) - (event.shiftKey ? 12 : 1));
    else if (event.key === "ArrowRight") seek(Math.floor(state.position) + (event.shiftKey ? 12 : 1));
    else return;
    event.preventDefault();
  });
}

function listen() {
  $("play").addEventListener("click", () => play(!state.playing));
  $("back").addEventListener("click", () => seek(Math.ceil(state.position) - 1));
  $("on").addEventListener("click", () => seek(Math.floor(state.position) + 1));
  $("time").addEventListener("input", () => seek(Number($("time").value)));
  $("speed").addEventListener("change", () => { state.speed = Number($("speed").value); });
  for (const mode of ["day", "period"]) $(mode).addEventListener("click", () => chooseMode(mode));
  for (const side of ["left", "right"]) $(side).addEventListener("change", chooseSides);
  $("quantity").addEventListener("change", chooseChart);
  $("closer").addEventListener("click", () => zoom(ZOOM));
  $("farther").addEventListener("click", () => zoom(1 / ZOOM));
  $("whole").addEventListener("click", () => zoom(0));
  $("boxes").addEventListener("toggle", listBoxes);
  STILL.addEventListener("change", draw);
  new ResizeObserver(fit).observe($("map-0"));
  [0, 1].forEach(listenToMap);
  listenToKeys();
}

async function start() {
  fillLegend();
  fillTable();
  DATA.alternatives.forEach((_, alternative) => {
    $("left").append(option(alternative));
    $("right").append(option(alternative));
  });
  $("right").append(node("option", say("one map"), { value: "" }));
  $("right").value = DATA.alternatives.length > 1 ? "1" : "";
  $("quantity").append(...DATA.quantities.map(({ key, label }) => node("option", label, { value: key })));
  $("quantity").value = "collected";
  const drawing = new Document();
  const plots = [maps[0].standing, maps[0].moving, maps[1].standing, maps[1].moving, chart.plot];
  for (const plot of plots) drawing.add_root(plot);
  const holders = ["standing-0", "moving-0", "standing-1", "moving-1", "chart"].map($);
  await Bokeh.embed.add_document_standalone(drawing, document.body, holders);
  listen();
  chooseMode("day");
  $("player").dataset.ready = "yes";
}

start();
