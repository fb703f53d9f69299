// Decided customers like the one on the page, asked for when somebody wants to see them.

import { call, Refused } from "./server.js";
import { percent, say } from "./show.js";

const list = document.getElementById("similar");
const button = document.getElementById("find-similar");
let asked = null; // the task whose list is wanted

/** Take the list away, as before another task is shown. */
export function hideSimilar() {
  asked = null;
  list.hidden = true;
  list.replaceChildren();
  button.setAttribute("aria-expanded", "false");
}

/** Show the list for a task; asked once more it goes away. */
export async function showSimilar(taskId) {
  if (asked === taskId) {
    hideSimilar();
    return;
  }
  asked = taskId;
  let lines;
  try {
    const { customers } = await call(`/v1/review/tasks/${encodeURIComponent(taskId)}/similar`);
    lines = customers.length ? customers.map(line) : [text(say("similar_none"))];
  } catch (problem) {
    lines = [text(problem instanceof Refused ? problem.message : say("offline", { count: 0 }))];
  }
  if (asked !== taskId) return; // decided meanwhile
  list.replaceChildren(...lines);
  list.hidden = false;
  button.setAttribute("aria-expanded", "true");
}

function line(customer) {
  const made = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/console/customers?id=${encodeURIComponent(customer.customer_id)}`;
  link.target = "_blank";
  link.textContent = customer.customer_id;
  made.append(link, ` ${say(customer.decision)} `, note(percent(customer.likeness)));
  made.className = customer.decision;
  return made;
}

function text(words) {
  const made = document.createElement("li");
  made.append(note(words));
  return made;
}

function note(words) {
  const made = document.createElement("span");
  made.className = "note";
  made.textContent = words;
  return made;
}
