// The page's data: arrays packed as base 64, names as they stand in the result.

const KINDS = { i4: Int32Array, u1: Uint8Array, u2: Uint16Array, f4: Float32Array };

function unpacked(value) {
  if (Array.isArray(value)) return value.map(unpacked);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.bytes !== "string") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpacked(inner)]));
  }
  const raw = atob(value.bytes);
  const bytes = Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
  return new KINDS[value.kind](bytes.buffer);
}

const DATA = unpacked(JSON.parse(document.getElementById("replay-data").textContent));

// Where a vehicle is: writes x and y, tells whether it is on its way.
function placeAt(motion, second, place) {
  const times = motion.second;
  const last = times.length - 1;
  if (second < times[0] || second > times[last]) return false;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= second) low = middle;
    else high = middle;
  }
  const span = times[high] - times[low];
  const share = span > 0 ? Math.min((second - times[low]) / span, 1) : 1;
  place.x = motion.x[low] + share * (motion.x[high] - motion.x[low]);
  place.y = motion.y[low] + share * (motion.y[high] - motion.y[low]);
  return true;
}
