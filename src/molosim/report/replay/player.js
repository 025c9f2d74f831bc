// Time, controls and what is said of the moment.

const $ = (id) => document.getElementById(id);
const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");
const USUAL = { day: 2, period: 4 };
const NEAR_PX = 12;
const ZOOM = 1.6;

const ranges = { x: new Range1d({ start: 0, end: 1 }), y: new Range1d({ start: 0, end: 1 }) };
const [WEST, SOUTH, EAST, NORTH] = DATA.extent;
const view = { x: (WEST + EAST) / 2, y: (SOUTH + NORTH) / 2, zoom: 1, metresPerPx: 1, scale: 1 };
const maps = [new CityMap(ranges), new CityMap(ranges)];
const chart = new Chart();
const state = { mode: "day", position: 0, playing: false, speed: USUAL.day, before: null, said: -1 };

const timeline = () => DATA.timelines[state.mode];
const lastFrame = () => timeline().count - 1;
const shown = () => maps.filter((_, side) => side === 0 || $("right").value !== "");

function fit() {
  const holder = $("map-0");
  const [width, height] = [holder.clientWidth, holder.clientHeight];
  if (!width || !height) return;
  const paper = shown().length > 1 ? 345 : 700;
  for (const [name, value] of Object.entries({ width, height, paper })) {
    document.documentElement.style.setProperty(`--${name}`, String(value));
  }
  view.metresPerPx = Math.max((EAST - WEST) / width, (NORTH - SOUTH) / height) / view.zoom;
  view.scale = Math.min(Math.max(width / 650, 0.72), 1.2) * Math.sqrt(Math.sqrt(view.zoom));
  const [x, y] = [(view.metresPerPx * width) / 2, (view.metresPerPx * height) / 2];
  ranges.x.setv({ start: view.x - x, end: view.x + x });
  ranges.y.setv({ start: view.y - y, end: view.y + y });
  chart.fit($("chart").clientWidth);
  if (!state.playing) draw();
}

function zoom(by) {
  view.zoom = Math.min(Math.max(view.zoom * by, 1), 40);
  if (view.zoom === 1) Object.assign(view, { x: (WEST + EAST) / 2, y: (SOUTH + NORTH) / 2 });
  for (const map of document.querySelectorAll(".map")) map.classList.toggle("zoomed", view.zoom > 1);
  fit();
}

function pan(x, y) {
  if (view.zoom === 1) return;
  view.x = Math.min(Math.max(view.x + x, WEST), EAST);
  view.y = Math.min(Math.max(view.y + y, SOUTH), NORTH);
  fit();
}

function draw() {
  const position = STILL.matches ? Math.floor(state.position) : state.position;
  const away = shown().map((map) => map.draw(position, STILL.matches, view.scale));
  chart.draw(position);
  $("clock").textContent = clock(timeline(), position);
  $("time").value = String(position);
  const frame = Math.floor(position);
  if (frame !== state.said) sayFrame(frame, away);
}

function sayFrame(frame, away) {
  state.said = frame;
  for (const [side, map] of maps.entries()) {
    for (const { key } of DATA.quantities) {
      $(`${key}-${side}`).textContent = number(timeline().frames[map.alternative].counts[key][frame]);
    }
    $(`away-${side}`).textContent = state.mode === "day" ? String(away[side] ?? 0) : "-";
  }
  if (!state.playing) sayStill();
  if ($("boxes").open && !state.playing) listBoxes();
}

function sayStill() {
  const frame = Math.floor(state.position);
  $("time").setAttribute("aria-valuetext", clock(timeline(), state.position));
  const words = shown().map((map) => {
    const counts = timeline().frames[map.alternative].counts;
    return say("status", {
      alternative: DATA.alternatives[map.alternative], stored: number(counts.stored[frame]),
      collected: number(counts.collected[frame]), refused: number(counts.refused[frame]),
    });
  });
  $("status").textContent = `${clock(timeline(), state.position)}. ${words.join("; ")}.`;
}

function listBoxes() {
  const frame = Math.floor(state.position);
  $("box-rows").replaceChildren(...DATA.boxes.names.map((name, box) => {
    const row = document.createElement("tr");
    row.append(node("th", name, { scope: "row" }), node("td", DATA.boxes.districts[box]));
    for (const map of maps) {
      const now = boxWords(timeline(), map.alternative, box, frame);
      for (const value of [now.parcels, `${now.fill} %`]) row.append(node("td", String(value), { class: "n" }));
    }
    return row;
  }));
}

function tick(now) {
  if (!state.playing) return;
  const seconds = state.before === null ? 0 : (now - state.before) / 1000;
  state.before = now;
  state.position = Math.min(state.position + seconds * state.speed, lastFrame());
  if (state.position >= lastFrame()) play(false);
  draw();
  if (state.playing) requestAnimationFrame(tick);
}

function play(playing) {
  if (playing && state.position >= lastFrame()) state.position = 0;
  state.playing = playing && lastFrame() > 0;
  state.before = null;
  $("play").textContent = say(state.playing ? "pause" : "play");
  if (state.playing) requestAnimationFrame(tick);
  else {
    sayStill();
    if ($("boxes").open) listBoxes();
  }
}

function seek(position) {
  state.position = Math.min(Math.max(position, 0), lastFrame());
  state.said = -1;
  draw();
}

function chooseSides() {
  $("right-map").hidden = $("right").value === "";
  for (const [side, select] of [$("left"), $("right")].entries()) {
    const alternative = Number(select.value || $("left").value);
    maps[side].choose(timeline(), alternative);
    for (const heading of document.querySelectorAll(`.name-${side}`)) heading.textContent = DATA.alternatives[alternative];
    $(`map-${side}`).setAttribute("aria-label", say("map", { alternative: DATA.alternatives[alternative] }));
  }
  for (const cell of document.querySelectorAll(".right-side")) cell.hidden = $("right").value === "";
  requestAnimationFrame(fit);
  seek(state.position);
}

function chooseChart() {
  const words = withUnit(DATA.quantities.find(({ key }) => key === $("quantity").value));
  chart.choose(timeline(), $("quantity").value);
  $("chart").setAttribute("aria-label", say("chart", { quantity: words }));
  $("chart-unit").textContent = words;
  chart.draw(state.position);
}

function chooseMode(mode) {
  if (state.playing) play(false);
  state.mode = mode;
  state.position = 0;
  for (const of of ["day", "period"]) $(of).setAttribute("aria-pressed", String(of === mode));
  $("speed").replaceChildren(...DATA.speeds[mode].map(([speed, words]) => node("option", words, { value: String(speed) })));
  state.speed = USUAL[mode];
  $("speed").value = String(state.speed);
  $("time").max = String(lastFrame());
  $("clock").classList.toggle("date", mode === "period");
  $("time").step = mode === "day" ? "0.2" : "1";
  $("about").textContent = mode === "day"
    ? say("about day", { date: DATE.format(moment(timeline(), 0)), minutes: timeline().step_s / 60 })
    : say("about period", { days: timeline().count });
  chooseChart();
  chooseSides();
  seek(mode === "day" ? startOfWork() : 0);
}

// A day starts a little before its first vehicle.
function startOfWork() {
  const first = Math.min(...DATA.motions.map((motion) => motion.second[0]), Infinity);
  return Number.isFinite(first) ? Math.max(Math.floor(first / timeline().step_s) - 1, 0) : 0;
}
