// Puts a task on the page.

import { draw } from "./timeline.js";

const main = document.getElementById("main");
const language = main.dataset.language;
const words = JSON.parse(document.getElementById("words").textContent);
const element = (id) => document.getElementById(id);

/** A text of the page with its {names} filled in. */
export function say(name, values = {}) {
  return words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

export const percent = (share) => `${Math.round(100 * share)}%`;

export function show(task) {
  const { tag, customer } = task;
  element("tag").textContent = tag.names[language];
  element("definition").textContent = tag.definition[language];
  element("promise").textContent = promise(tag);
  element("customer").textContent = customer.customer_id;
  element("customer").href = `/console/customers?id=${encodeURIComponent(customer.customer_id)}`;
  element("as-of").textContent = say("as_of", { day: new Date(task.as_of).toLocaleDateString(language) });
  element("suggestion").replaceChildren(suggestion(task));
  element("timeline").replaceChildren(picture(task.timeline));
  element("figures").replaceChildren(...customer.figures.flatMap((one) => pair(one.names[language], number(one.value))));
  element("bought").replaceChildren(...customer.bought.flatMap((one) => pair(one.names[language], number(one.purchases))));
  element("goods").hidden = customer.bought.length === 0;
  element("attributes").replaceChildren(...customer.attributes.flatMap((one) => pair(one.names[language], one.value)));
  element("facts").hidden = customer.attributes.length === 0;
  element("spoken").textContent = say("next_task", { tag: tag.names[language], customer: customer.customer_id });
}

function promise(tag) {
  const parts = [say("target", { share: percent(tag.target_precision) })];
  if (tag.is_certified) parts.push(say("certified"));
  else if (tag.to_learn) parts.push(say("to_learn", tag.to_learn));
  else if (tag.labels_to_certify) parts.push(say("labels_left", { count: tag.labels_to_certify }));
  return parts.join(" · ");
}

function suggestion(task) {
  if (task.is_blind) return block("hidden-model", say("blind"));
  if (!task.suggestion) return block("hidden-model", say("no_model"));
  const model = block("model", "");
  model.append(block("share", `${say("confidence")} ${percent(task.suggestion.confidence)}`));
  const reasons = document.createElement("ul");
  for (const reason of task.suggestion.reasons) {
    const line = document.createElement("li");
    line.className = reason.direction;
    line.textContent = reason.sentence[language];
    reasons.append(line);
  }
  model.append(block("note", say("reasons")), reasons);
  return model;
}

function picture(timeline) {
  if (!timeline?.days.length) return block("note", say("no_events"));
  const orders = timeline.days.reduce((sum, day) => sum + day.orders, 0);
  const days = timeline.days.filter((day) => day.orders).length;
  const ofTag = timeline.days.filter((day) => day.of_tag).length;
  return draw(timeline, say("timeline_told", { orders, days, of_tag: ofTag }), language, element("timeline").clientWidth || 900);
}

function block(name, text) {
  const made = document.createElement("div");
  made.className = name;
  made.textContent = text;
  return made;
}

function pair(name, value) {
  const term = document.createElement("dt");
  const said = document.createElement("dd");
  term.textContent = name;
  said.textContent = value;
  return [term, said];
}

function number(value) {
  return value === null ? "–" : value.toLocaleString(language, { maximumFractionDigits: 1 });
}
