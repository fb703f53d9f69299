// One decision at a time, by keyboard. The next tasks are there before they are needed, so a decision never waits.

import { Outbox } from "./outbox.js";
import { call, Refused } from "./server.js";
import { percent, say, show } from "./show.js";
import { hideSimilar, showSimilar } from "./similar.js";

const AHEAD = 20;
const FETCH_BELOW = 14;
const UNDOABLE = 10;
const RETRY = 3_000;

const main = document.getElementById("main");
const element = (id) => document.getElementById(id);
const outbox = new Outbox(main.dataset.reviewer);

let tasks = []; // the one on the page first
let decided = []; // the latest last, each with its task
let shownAt = 0;
let fetching = false;
let isOver = false; // whether the server has no more for today

function present() {
  const task = tasks[0];
  element("task").hidden = element("acts").hidden = !task;
  element("empty").hidden = Boolean(task) || !isOver;
  if (!task) return;
  hideSimilar();
  show(task);
  shownAt = performance.now();
  main.dataset.task = task.task_id;
}

async function fetchMore() {
  if (fetching || isOver || tasks.length >= FETCH_BELOW) return;
  fetching = true;
  try {
    const known = new Set([...tasks, ...decided.map((one) => one.task)].map((task) => task.task_id));
    await outbox.send(); // what the server does not know to be decided it would hand out again
    const { tasks: found } = await call(`/v1/review/next?n=${AHEAD}`);
    const fresh = found.filter((task) => !known.has(task.task_id) && !outbox.has(task.task_id));
    isOver = fresh.length === 0 && outbox.size === 0;
    const wasEmpty = tasks.length === 0;
    tasks.push(...fresh);
    if (wasEmpty) present();
    if (element("state").dataset.kind === "loading") tell("");
    refreshProgress();
  } catch (problem) {
    if (problem instanceof Refused && problem.status === 401) tell(say("signed_out", { count: outbox.size }));
    else if (problem instanceof Refused) tell(problem.message);
    else tell(say("offline", { count: outbox.size }));
    setTimeout(fetchMore, RETRY);
  } finally {
    fetching = false;
  }
}

function decide(decision) {
  const task = tasks.shift();
  if (!task) return;
  const made = {
    decision_id: `${main.dataset.reviewer}.${crypto.randomUUID()}`,
    task_id: task.task_id,
    decision,
    milliseconds: Math.round(performance.now() - shownAt),
    note: element("note").value.trim() || null,
    is_unclear: element("unclear").checked,
  };
  element("note").value = "";
  element("unclear").checked = false;
  decided = [...decided, { ...made, task }].slice(-UNDOABLE);
  present();
  outbox.put(made);
  if (decision !== "skip") element("today").textContent = Number(element("today").textContent || 0) + 1;
  fetchMore();
}

async function undo() {
  const last = decided.at(-1);
  if (!last) {
    tell(say("nothing_to_undo"));
    return;
  }
  if (!outbox.take(last.decision_id)) {
    try {
      await outbox.send();
      await call("/v1/review/undo", { decision_id: last.decision_id });
    } catch (problem) {
      tell(problem instanceof Refused ? problem.message : say("offline", { count: outbox.size }));
      return;
    }
  }
  decided = decided.filter((one) => one !== last);
  tasks = [last.task, ...tasks.filter((task) => task.task_id !== last.task.task_id)];
  present();
  tell(say("undone"));
  refreshProgress();
}

async function refreshProgress() {
  const found = await call("/v1/review/stats").catch(() => null);
  if (!found) return;
  const own = found.reviewers.find((one) => one.reviewer === main.dataset.reviewer);
  element("today").textContent = (own?.today ?? 0) + outbox.size;
  element("left").textContent = Math.max(found.open_tasks - outbox.size, 0);
}

function tell(text, kind = "") {
  element("state").textContent = text;
  element("state").dataset.kind = kind;
}

outbox.addEventListener("waiting", ({ detail }) => {
  tell(say(detail.status === 401 ? "signed_out" : "offline", { count: detail.size }), "waiting");
});
outbox.addEventListener("sent", ({ detail }) => {
  const refused = detail.outcomes.find((one) => one.status === "refused");
  const revealed = detail.outcomes.at(-1)?.revealed;
  if (refused) tell(say("refused", { problem: refused.problem[main.dataset.language] }));
  else if (detail.outcomes.some((one) => one.is_held)) tell(say("held"));
  else if (detail.outcomes.some((one) => one.is_second_opinion)) tell(say("second"));
  else if (revealed) tell(say("said_after", { share: percent(revealed.confidence) }));
  else if (element("state").dataset.kind === "waiting") tell(say("all_sent"));
});

const KEYS = {
  a: () => decide("accept"),
  x: () => decide("reject"),
  " ": () => decide("skip"),
  Backspace: undo,
  s: () => tasks[0] && showSimilar(tasks[0].task_id),
  d: () => element("unclear").click(),
  n: () => element("note").focus(),
  "?": () => element("help").showModal(),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || element("help").open) return;
  if (event.target === element("note")) {
    if (event.key === "Escape" || event.key === "Enter") element("note").blur();
    return;
  }
  const isOnButton = event.target instanceof HTMLElement && event.target.matches("button, a, input");
  if (event.key === " " && isOnButton) return; // presses what has the focus, as everywhere
  const act = KEYS[event.key];
  if (!act || (event.repeat && event.key !== "Backspace")) return;
  event.preventDefault();
  act();
});

for (const [id, key] of [["accept", "a"], ["reject", "x"], ["skip", " "], ["undo", "Backspace"], ["ask", "?"], ["find-similar", "s"]]) {
  element(id).addEventListener("click", () => {
    KEYS[key]();
    element(id).blur(); // so that the space bar skips again
  });
}

tell(say("loading"), "loading");
present();
fetchMore();
