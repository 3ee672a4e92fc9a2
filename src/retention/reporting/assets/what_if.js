"use strict";
// The what-if: every position of the sliders is a plan that was computed and worded beforehand; this looks it up.
(() => {
  const data = JSON.parse(document.getElementById("what-if-data").textContent);
  const frame = document.getElementById("what-if");
  const sliders = [...frame.querySelectorAll("input")];
  const shown = [...frame.querySelectorAll("output")];
  const facts = [...frame.querySelectorAll("dd")];
  const cells = [...frame.querySelectorAll("td")];
  const said = frame.querySelector(".said");
  const show = () => {
    const places = sliders.map((slider) => Number(slider.value));
    const labels = places.map((place, axis) => data.labels[axis][place]);
    const position = places.reduce((sum, place, axis) => sum * data.labels[axis].length + place, 0);
    const row = data.rows[data.positions[position]];
    const count = facts.length - 2;
    sliders.forEach((slider, axis) => slider.setAttribute("aria-valuetext", labels[axis]));
    shown.forEach((output, axis) => { output.textContent = labels[axis]; });
    [...row.slice(0, count), ...data.reach[places[1]]].forEach((text, place) => { facts[place].textContent = text; });
    row.slice(count).forEach((text, place) => { cells[place].textContent = text; });
    const [budget, threshold, factor] = labels;
    const words = { budget, threshold, factor, chosen: row[0], net: row[count - 2] };
    said.textContent = data.said.replace(/{(\w+)}/g, (_, name) => words[name]).replaceAll("..", ".");
  };
  const move = (places) => {
    sliders.forEach((slider, axis) => { slider.value = places[axis]; });
    show();
  };
  sliders.forEach((slider) => slider.addEventListener("input", show));
  frame.querySelector("button").addEventListener("click", () => move(data.start));
  // Paper shows the plan itself.
  let before = data.start;
  addEventListener("beforeprint", () => { before = sliders.map((slider) => slider.value); move(data.start); });
  addEventListener("afterprint", () => move(before));
  frame.querySelector("fieldset").hidden = false;
})();
