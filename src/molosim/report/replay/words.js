// What the page says of a moment.

const LOCALE = { en: "en-GB", da: "da-DK" }[DATA.language];
const AXIS = {
  en: { days: "%d %b", months: "%b %Y" },
  da: { days: "%d.%m.", months: "%m.%Y" },
}[DATA.language];
// Danish writes 10.35, but a clock is read most quickly as it stands on one.
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hour: "2-digit", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat(LOCALE, {
  timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year: "numeric",
});

function say(name, values = {}) {
  return DATA.words[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}

// What a result calls by a word of its own is shown as it stands.
function named(word) {
  return DATA.words[word] ?? word;
}

function moment(timeline, position) {
  return new Date(Date.parse(`${timeline.first}T00:00:00Z`) + 1000 * timeline.step_s * position);
}

function clock(timeline, position) {
  const at = moment(timeline, position);
  return timeline.step_s < 86400 ? CLOCK.format(at) : DATE.format(at);
}

function number(value) {
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString(LOCALE, { maximumFractionDigits: digits });
}

function withUnit({ label, unit }) {
  return unit ? `${label}, ${unit}` : label;
}

function node(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function boxWords(timeline, alternative, box, frame) {
  const frames = timeline.frames[alternative];
  const at = frame * DATA.boxes.names.length + box;
  return { parcels: frames.parcels[at], fill: frames.fill[at], refused: frames.refused[at] };
}
