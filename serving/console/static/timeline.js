// The customer's last half year as a picture: a bar a day as high as what was paid, the tag's own days marked.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 128;
const FLOOR = 96; // where bars stand; other events lie below, months are named at the bottom
const DAY = 86_400_000;

/** The picture, `width` pixels wide. */
export function draw(timeline, told, language, width) {
  const begin = Date.parse(timeline.from);
  const days = (Date.parse(timeline.until) - begin) / DAY + 1;
  const x = (day) => ((Date.parse(day) - begin) / DAY / days) * width;
  const highest = Math.max(1, ...timeline.days.map((day) => day.amount || day.lines));
  const svg = make("svg", { class: "timeline", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": told });
  for (const month of months(timeline.from, timeline.until)) {
    svg.append(make("line", { x1: x(month), x2: x(month), y1: 0, y2: FLOOR + 12 }));
    if (x(month) > width - 32) continue; // its name would not fit
    const name = make("text", { x: x(month) + 4, y: HEIGHT - 4 });
    name.textContent = new Date(month).toLocaleDateString(language, { month: "short", timeZone: "UTC" });
    svg.append(name);
  }
  const thick = Math.max(width / days - 1, 2);
  for (const day of timeline.days) {
    if (day.orders) {
      const height = Math.max((FLOOR - 8) * ((day.amount || day.lines) / highest), 3);
      const kind = day.of_tag ? "of-tag" : "order";
      const bar = make("rect", { class: kind, x: x(day.day), y: FLOOR - height, width: thick, height });
      const title = make("title", {});
      title.textContent = `${day.day}: ${day.amount.toFixed(2)} (${day.lines}${day.of_tag ? `, ${day.of_tag}` : ""})`;
      bar.append(title);
      svg.append(bar);
    }
    if (Object.keys(day.others).length) {
      svg.append(make("circle", { cx: x(day.day) + thick / 2, cy: FLOOR + 8, r: 2.5 }));
    }
  }
  return svg;
}

function months(from, until) {
  const found = [];
  const month = new Date(from);
  month.setUTCDate(1);
  for (month.setUTCMonth(month.getUTCMonth() + 1); month <= Date.parse(until); month.setUTCMonth(month.getUTCMonth() + 1)) {
    found.push(month.toISOString().slice(0, 10));
  }
  return found;
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
