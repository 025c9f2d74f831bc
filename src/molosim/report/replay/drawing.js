// Maps and the chart, drawn by Bokeh on canvases. Each map has two plots on top of each other, so that what stands still
// (roads, depots) is drawn once and only what moves is drawn for every frame.

const { Plotting, Range1d, ColumnDataSource, LinearColorMapper, Span, DatetimeTicker, DatetimeTickFormatter, BasicTickFormatter,
  Document } = Bokeh;

const INK = "#1f2933";
const ROAD_WIDTHS = { motorway: 2.2, trunk: 1.8, primary: 1.5, secondary: 1.2, tertiary: 0.8 };
const FILLS = ["#fff7e6", "#fee8c0", "#fdd59a", "#fdbb74", "#fc9d55", "#f47c3c", "#e35a26", "#c63d17", "#9c2a0e", "#6b1a08"];
const OPERATOR_COLOURS = ["#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#8c6d1f", "#5e3c99"];
const APART = "#000000";
const FLASH = "#c2006b";
const LINE_COLOURS = ["#1f2933", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a8f94"];
const LINE_DASHES = ["solid", [7, 3], [2, 2], [9, 3, 2, 3]];
const MARKERS = { delivery: "circle", collection: "square", transfer: "triangle" };
const MARK_SHAPES = { depot: "diamond", reception: "star", "recycling centre": "cross" };
const FLASH_FRAMES = 3;

const OPERATORS = [...new Set(DATA.motions.map((motion) => motion.operator))];

function operatorColour(operator, purpose) {
  if (purpose === "collection" || purpose === "transfer") return APART;
  return OPERATOR_COLOURS[OPERATORS.indexOf(operator) % OPERATOR_COLOURS.length];
}

function markerOf(purpose) {
  return MARKERS[purpose] ?? "circle";
}

function emptyPlot(ranges) {
  const plot = new Plotting.figure({
    x_range: ranges.x, y_range: ranges.y, sizing_mode: "stretch_both", min_border: 0, toolbar_location: null, tools: [],
    x_axis_type: null, y_axis_type: null, background_fill_color: null, border_fill_color: null, outline_line_color: null,
  });
  plot.xgrid.visible = false;
  plot.ygrid.visible = false;
  return plot;
}

function standingPlot(ranges) {
  const plot = emptyPlot(ranges);
  for (const road of DATA.roads) {
    const lines = { xs: [], ys: [] };
    for (let i = 0; i + 1 < road.first.length; i++) {
      lines.xs.push(Float64Array.from(road.x.subarray(road.first[i], road.first[i + 1])));
      lines.ys.push(Float64Array.from(road.y.subarray(road.first[i], road.first[i + 1])));
    }
    const source = new ColumnDataSource({ data: lines });
    const width = ROAD_WIDTHS[road.road] ?? 0.8;
    plot.multi_line({ field: "xs" }, { field: "ys" }, { source, line_color: "#c3c9cf", line_width: width });
  }
  const marks = {
    x: DATA.marks.map((mark) => mark.x), y: DATA.marks.map((mark) => mark.y),
    marker: DATA.marks.map((mark) => MARK_SHAPES[mark.kind]),
    fill: DATA.marks.map((mark) => (mark.kind === "reception" ? INK : "#ffffff")),
  };
  plot.scatter({ field: "x" }, { field: "y" }, {
    source: new ColumnDataSource({ data: marks }), marker: { field: "marker" }, size: 13,
    fill_color: { field: "fill" }, line_color: INK, line_width: 1.4,
  });
  return plot;
}

// One map: an alternative's boxes and vehicles.
class CityMap {
  constructor(ranges) {
    this.standing = standingPlot(ranges);
    this.moving = emptyPlot(ranges);
    const boxes = DATA.boxes.names.length;
    const x = Float64Array.from(DATA.boxes.x);
    const y = Float64Array.from(DATA.boxes.y);
    this.boxes = new ColumnDataSource({
      data: { x, y, size: new Float64Array(boxes), fill: new Float64Array(boxes) },
    });
    this.flashes = new ColumnDataSource({
      data: { x, y, size: new Float64Array(boxes), alpha: new Float64Array(boxes) },
    });
    this.vehicles = new ColumnDataSource({ data: { x: [], y: [], size: [], colour: [], marker: [] } });
    this.moving.scatter({ field: "x" }, { field: "y" }, {
      source: this.boxes, marker: "circle", size: { field: "size" }, line_color: INK, line_width: 1,
      fill_color: { field: "fill", transform: new LinearColorMapper({ palette: FILLS, low: 0, high: 100 }) },
    });
    this.moving.scatter({ field: "x" }, { field: "y" }, {
      source: this.vehicles, marker: { field: "marker" }, size: { field: "size" }, fill_color: { field: "colour" },
      line_color: "#ffffff", line_width: 0.8,
    });
    this.moving.scatter({ field: "x" }, { field: "y" }, {
      source: this.flashes, marker: "circle", size: { field: "size" }, fill_color: null, line_color: FLASH,
      line_width: 3.5, line_alpha: { field: "alpha" },
    });
  }

  // Choose what is shown; it is drawn with the next frame.
  choose(timeline, alternative) {
    this.timeline = timeline;
    this.alternative = alternative;
    this.frame = -1;
    this.motions = (timeline.tours[alternative] ?? []).map((number_) => DATA.motions[number_]);
    this.places = this.motions.map(() => ({ x: NaN, y: NaN }));
    this.vehicles.data = {
      x: new Float64Array(this.motions.length), y: new Float64Array(this.motions.length),
      size: new Float64Array(this.motions.length),
      colour: this.motions.map((motion) => operatorColour(motion.operator, motion.purpose)),
      marker: this.motions.map((motion) => markerOf(motion.purpose)),
    };
  }

  // Draw a moment; returns how many vehicles are on their way. Signs are `scale` times their usual size.
  draw(position, still, scale) {
    const frame = Math.floor(position);
    if (frame !== this.frame || scale !== this.scale) this.drawBoxes(frame, scale);
    this.drawFlashes(position, frame, still);
    const { x, y, size } = this.vehicles.data;
    size.fill(8 * scale);
    let away = 0;
    this.motions.forEach((motion, i) => {
      const place = this.places[i];
      const here = placeAt(motion, position * this.timeline.step_s, place);
      if (!here) place.x = place.y = NaN;
      x[i] = place.x;
      y[i] = place.y;
      away += here ? 1 : 0;
    });
    this.vehicles.change.emit();
    return away;
  }

  drawBoxes(frame, scale) {
    this.frame = frame;
    this.scale = scale;
    const { size, fill } = this.boxes.data;
    for (let box = 0; box < size.length; box++) {
      const now = boxWords(this.timeline, this.alternative, box, frame);
      size[box] = scale * (7 + 2.6 * Math.sqrt(now.parcels));
      fill[box] = now.fill;
    }
    this.boxes.change.emit();
  }

  // A ring around a box that refused a deposit within the last frames; it fades, unless things shall keep still.
  drawFlashes(position, frame, still) {
    const { size, alpha } = this.flashes.data;
    let any = false;
    for (let box = 0; box < size.length; box++) {
      let age = Infinity;
      for (let back = 0; back < FLASH_FRAMES && frame - back >= 0 && age === Infinity; back++) {
        if (boxWords(this.timeline, this.alternative, box, frame - back).refused > 0) age = position - (frame - back);
      }
      const seen = age < FLASH_FRAMES;
      alpha[box] = seen ? (still ? 1 : 1 - age / FLASH_FRAMES) : 0;
      size[box] = seen ? this.boxes.data.size[box] + (still ? 12 : 8 + 5 * age) : 0;
      any ||= seen;
    }
    if (any || this.flashing) this.flashes.change.emit();
    this.flashing = any;
  }

  // What lies within some metres of a point: a line of words for each.
  near(x, y, metres) {
    const found = [];
    DATA.boxes.names.forEach((name, box) => {
      if (Math.hypot(DATA.boxes.x[box] - x, DATA.boxes.y[box] - y) > metres) return;
      const now = boxWords(this.timeline, this.alternative, box, this.frame);
      found.push(say("box", { box: name, ...now }));
    });
    this.places.forEach((place, i) => {
      if (Math.hypot(place.x - x, place.y - y) > metres) return;
      found.push(`${this.motions[i].operator} ${this.motions[i].vehicle + 1}, ${named(this.motions[i].purpose)}`);
    });
    for (const mark of DATA.marks) {
      if (Math.hypot(mark.x - x, mark.y - y) <= metres) found.push(`${mark.name} (${named(mark.kind)})`);
    }
    return found.slice(0, 5);
  }
}

// What is counted, a line for each alternative, with the moment marked.
class Chart {
  constructor() {
    this.x = new Range1d({ start: 0, end: 1 });
    this.y = new Range1d({ start: 0, end: 1 });
    this.plot = new Plotting.figure({
      x_range: this.x, y_range: this.y, x_axis_type: "datetime", sizing_mode: "stretch_both", min_border: 4,
      toolbar_location: null, tools: [], outline_line_color: null, background_fill_color: null, border_fill_color: null,
    });
    this.plot.xgrid.visible = false;
    this.plot.xaxis.formatter = new DatetimeTickFormatter({ hours: "%H:%M", hourmin: "%H:%M", ...AXIS });
    const numerals = new BasicTickFormatter();
    numerals.doFormat = (ticks) => ticks.map(number); // Bokeh brings English numerals alone
    this.plot.yaxis.formatter = numerals;
    this.lines = DATA.alternatives.map((_, alternative) => {
      const source = new ColumnDataSource({ data: { x: [], y: [] } });
      this.plot.line({ field: "x" }, { field: "y" }, {
        source, line_color: LINE_COLOURS[alternative % LINE_COLOURS.length], line_width: 2,
        line_dash: LINE_DASHES[alternative % LINE_DASHES.length],
      });
      return source;
    });
    this.now = new Span({ dimension: "height", line_color: FLASH, line_width: 2 });
    this.plot.add_layout(this.now);
  }

  // Fewer dates where there is little room.
  fit(width) {
    const ticks = Math.max(2, Math.min(8, Math.floor(width / 90)));
    if (ticks === this.ticks) return;
    this.ticks = ticks;
    this.plot.xaxis.ticker = new DatetimeTicker({ desired_num_ticks: ticks });
  }

  choose(timeline, key) {
    this.timeline = timeline;
    const x = Float64Array.from({ length: timeline.count }, (_, frame) => moment(timeline, frame).getTime());
    let most = 0;
    this.lines.forEach((source, alternative) => {
      const y = Float64Array.from(timeline.frames[alternative].counts[key]);
      source.data = { x, y };
      most = Math.max(most, ...y);
    });
    this.x.setv({ start: x[0], end: Math.max(x[x.length - 1], x[0] + 1) });
    this.y.setv({ start: 0, end: 1.05 * most || 1 });
    this.frame = -1;
  }

  draw(position) {
    const frame = Math.floor(position);
    if (frame === this.frame) return;
    this.frame = frame;
    this.now.location = moment(this.timeline, frame).getTime();
  }
}
