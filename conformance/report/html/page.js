"use strict";
// The filter: of the rows of cases and records, by pattern, outcome, version and text; its state is in the address.
const form = document.querySelector("form");
const output = form.querySelector("output");
const only = document.head.appendChild(document.createElement("style"));
const rows = [...document.querySelectorAll("[data-o]")];
const cases = rows.filter((row) => row.closest(".matrix"));
const texts = new Map();

const fields = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value));

function text(row) {
  if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
  return texts.get(row);
}

function fits(row, { q, pattern, outcome, version, differs }) {
  if (pattern && row.dataset.p !== pattern) return false;
  const all = row.dataset.o.split(";");
  const seen = version ? [all[version]] : all;
  if (version && !seen[0]) return false;
  if (outcome && !seen.some((found) => found.split(" ").includes(outcome))) return false;
  if (differs && new Set(all.filter(Boolean)).size < 2) return false;
  return !q || q.toLowerCase().split(/\s+/).every((word) => text(row).includes(word));
}

function apply() {
  const wanted = fields();
  const filtered = Object.keys(wanted).length > 0;
  for (const row of rows) row.hidden = filtered && !fits(row, wanted);
  for (const part of document.querySelectorAll(".dag")) part.hidden = !part.querySelector("[data-o]:not([hidden])");
  for (const part of document.querySelectorAll("[data-chapter]"))
    part.hidden = Boolean(wanted.pattern) && part.dataset.chapter !== wanted.pattern;
  only.textContent = wanted.version ? `.v:not(.v${Number(wanted.version)}) { display: none }` : "";
  const shown = cases.filter((row) => !row.hidden).length;
  output.textContent = filtered ? `${shown} of ${cases.length} cases` : `${shown} cases`;
}

function save() {
  const state = new URLSearchParams(fields()).toString();
  history.replaceState(null, "", state ? `#?${state}` : location.pathname + location.search);
  apply();
}

function load() {
  if (location.hash.startsWith("#?")) {
    const state = new URLSearchParams(location.hash.slice(2));
    for (const field of form.elements) {
      if (field.type === "checkbox") field.checked = state.has(field.name);
      else if (field.name) field.value = state.get(field.name) ?? "";
    }
    apply();
  } else if (location.hash) {
    reveal(document.getElementById(decodeURIComponent(location.hash.slice(1))));
  }
}

// Whoever follows a link sees its target, though it is folded or filtered out.
function reveal(target) {
  if (!target) return;
  for (let part = target; part; part = part.parentElement) {
    part.hidden = false;
    if (part.tagName === "DETAILS") part.open = true;
  }
  target.scrollIntoView();
}

function step(by) {
  const links = cases.filter((row) => !row.hidden).map((row) => row.querySelector("a.case"));
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
  if (next) {
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }
}

form.addEventListener("input", save);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(save));
addEventListener("hashchange", load);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input[type=search], select");
  if (event.key === "Escape") form.reset();
  else if (typing) return;
  else if (event.key === "/") form.elements.q.focus();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else return;
  event.preventDefault();
});
load();
