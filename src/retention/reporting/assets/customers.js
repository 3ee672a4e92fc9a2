"use strict";
// The customers: search, list, order and pages over all rows, and a card each. Python words all but the card's parts: these
// are added up, sorted and written here.
(() => {
  const data = JSON.parse(document.getElementById("customers-data").textContent);
  const [ID, RISK, RISK_KEY, PROFIT, PROFIT_KEY, LIST, OFFER, SEGMENTS, PARTS, VALUES, WHY, FILL] = Array(12).keys();
  const form = document.getElementById("customer-search");
  const query = document.getElementById("customer-query");
  const choice = document.getElementById("customer-list");
  const sorting = document.getElementById("customer-sort");
  const body = document.querySelector("#customer-table tbody");
  const heads = [...document.querySelectorAll("#customer-table thead th")];
  const labels = heads.map((head) => head.textContent);
  const pages = document.getElementById("customer-pages");
  const card = document.getElementById("customer-card");
  const money = data.rows.some((row) => row[PROFIT]);
  const size = body.rows.length;
  const segmentsOf = (row) => row[SEGMENTS].map((place) => data.segments[place]).join(", ");
  const offerOf = (row) => data.offers[row[OFFER]] ?? "";
  const fields = [  // what is shown, what it is sorted by, and whether the largest come first
    [(row) => row[ID], (row) => row[ID], false],
    [(row) => row[RISK], (row) => row[RISK_KEY], true],
    ...(money ? [[(row) => row[PROFIT], (row) => row[PROFIT_KEY], true]] : []),
    [(row) => data.lists[row[LIST]], (row) => row[LIST], false],
    [offerOf, offerOf, false],
  ];
  const words = data.rows.map((row) => [row[ID], offerOf(row), segmentsOf(row)].join(" ").toLowerCase());
  const { decimal, minus, thousands } = JSON.parse(document.getElementById("number-format").textContent);
  const count = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, thousands);
  let order = null, falling = false, first = 0;

  const element = (name, text, set = {}) => Object.assign(document.createElement(name), { textContent: text ?? "" }, set);
  const find = () => {
    const wanted = query.value.trim().toLowerCase();
    const found = data.rows.filter((row, place) => (choice.value === "" || row[LIST] === Number(choice.value)) &&
      words[place].includes(wanted));
    if (order === null) return found;
    const key = fields[order][1], sign = falling ? -1 : 1;
    const compare = ([a], [b]) => (a === "") - (b === "") || sign * (a < b ? -1 : a > b ? 1 : 0);  // blanks last, both ways
    return found.map((row) => [key(row), row]).sort(compare).map(([, row]) => row);
  };
  const show = () => {
    const found = find();
    first = Math.max(0, Math.min(first, size * Math.floor((found.length - 1) / size)));
    body.replaceChildren(...found.slice(first, first + size).map((row) => {
      const line = element("tr");
      line.setAttribute("role", "row");
      fields.forEach(([say], place) => {
        const cell = element(place ? "td" : "th", place ? say(row) : "", { className: heads[place].className });
        cell.setAttribute("role", place ? "cell" : "rowheader");
        cell.dataset.label = labels[place];
        if (!place) cell.append(element("button", row[ID], { type: "button", onclick: () => open(row) }));
        line.append(cell);
      });
      return line;
    }));
    heads.forEach((head, place) => head.setAttribute("aria-sort", place !== order ? "none" : falling ? "descending" : "ascending"));
    sorting.value = order === null ? "" : `${order} ${falling}`;
    const places = { first: found.length ? first + 1 : 0, last: Math.min(first + size, found.length), all: found.length };
    pages.querySelector("[role=status]").textContent = card.dataset.of.replace(/{(\w+)}/g, (_, name) => count(places[name]));
    pages.querySelectorAll("button").forEach((button) => {
      const next = first + size * Number(button.dataset.step);
      button.disabled = next < 0 || next >= found.length;
    });
  };
  const say = (part) => (part > 0 ? "+" : part < 0 ? minus : "") + (Math.abs(part) / 1000).toFixed(3).replace(".", decimal);
  const open = (row) => {
    const [base, ...rest] = row[PARTS];
    const step = rest.pop();
    const sorted = rest.map((part, place) => [data.columns[place], row[VALUES][place], part])
      .sort((a, b) => Math.abs(b[2]) - Math.abs(a[2]));
    const kept = sorted.slice(0, 7), others = sorted.slice(7).reduce((sum, one) => sum + one[2], 0);
    const output = base + rest.reduce((sum, part) => sum + part, 0);
    const steps = [[card.dataset.base, "", base, 0], ...kept, [card.dataset.rest, "", others]];
    let at = 0;
    const drawn = steps.map(([name, value, part], place) => [name, value, part, place ? at : 0, (at += part)]);
    drawn.push([card.dataset.output, "", output, 0, output, "total"]);
    if (step !== null) drawn.push([card.dataset.step, "", step, output, output + step]);
    const low = Math.min(0, ...drawn.map((one) => Math.min(one[3], one[4])));
    const high = Math.max(0, ...drawn.map((one) => Math.max(one[3], one[4])));
    const place = (value) => 100 * (value - low) / ((high - low) || 1);
    card.querySelector("tbody").replaceChildren(...drawn.map(([name, value, part, from, to, kind]) => {
      const line = element("tr", "", { className: kind ?? "" });
      const picture = element("td", "", { className: "drawn" });
      const [left, right] = [place(Math.min(from, to)), place(Math.max(from, to))];
      const colour = kind ? "neutral" : part > 0 ? "declined" : "kept";
      picture.innerHTML = `<svg class="bar" width="100%" height="18" aria-hidden="true"><rect class="${colour}" x="${left}%" y="4" height="10" width="${Math.max(right - left, 0.3)}%"/></svg>`;
      line.append(element("th", name, { scope: "row" }), element("td", value), picture, element("td", say(part), { className: "number" }));
      line.dataset.part = part;
      return line;
    }));
    const result = element("tr", "", { className: "total" });
    result.append(element("th", card.dataset.result, { scope: "row" }), element("td"), element("td"), element("td", row[RISK], { className: "number" }));
    card.querySelector("tbody").append(result);
    card.querySelector("h3").textContent = row[ID];
    card.querySelector(".probability").textContent = `${card.dataset.result}: ${row[RISK]}`;
    const offer = offerOf(row);
    card.querySelector(".offered").textContent = (offer ? `${offer}. ` : "") + data.whys[row[WHY]].replace("{value}", row[FILL]).replaceAll("..", ".");
    card.querySelector(".belongs").textContent = segmentsOf(row) || card.dataset.none;
    card.hidden = false;
    card.scrollIntoView({ block: "nearest" });
  };
  const again = () => { first = 0; show(); };
  const sortBy = (place, falls) => { order = place; falling = falls; again(); };
  query.addEventListener("input", again);
  choice.addEventListener("change", again);
  form.addEventListener("submit", (event) => event.preventDefault());
  pages.addEventListener("click", (event) => {
    const step = Number(event.target.dataset.step);
    if (step) { first += size * step; show(); }
  });
  heads.forEach((head, place) => {
    const button = element("button", head.textContent, { type: "button" });
    const falls = fields[place][2];
    button.addEventListener("click", () => sortBy(place, order === place ? !falling : falls));
    head.replaceChildren(button);
    [falls, !falls].forEach((way) => sorting.add(new Option(`${labels[place]} ${way ? "↓" : "↑"}`, `${place} ${way}`)));
  });
  sorting.addEventListener("change", () => {
    const [place, way] = sorting.value.split(" ");
    sortBy(place ? Number(place) : null, way === "true");
  });
  form.hidden = pages.hidden = false;
  show();
})();
