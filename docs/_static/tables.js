// A table that is too wide for its place becomes a list: one block per row, and each value
// beside the heading of its column.

const ROLES = { TABLE: "table", TR: "row", TD: "cell" };

function prepare(table) {
  const headings = [...table.querySelectorAll("thead th")].map((th) => th.textContent.trim());
  for (const element of [table, ...table.querySelectorAll("tr, td")])
    element.setAttribute("role", ROLES[element.tagName]);
  for (const row of table.tBodies[0]?.rows ?? [])
    [...row.cells].forEach((cell, i) => (cell.dataset.heading = headings[i] ?? ""));
}

function fit(tables) {
  for (const table of tables) {
    table.classList.remove("stacked");
    const isTooWide = table.scrollWidth > table.parentElement.clientWidth + 1;
    table.classList.toggle("stacked", isTooWide);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const tables = [...document.querySelectorAll("article table.docutils, article table.table")];
  tables.forEach(prepare);
  fit(tables);
  window.addEventListener("resize", () => fit(tables));
  document.fonts.ready.then(() => fit(tables));
});
