// Draws every chart of the page in the colours of the page, and again when those change.
(function () {
  "use strict";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var views = [];

  function colours() {
    var style = getComputedStyle(document.documentElement);
    var pick = function (name) { return style.getPropertyValue(name).trim(); };
    return { ink: pick("--ink"), soft: pick("--soft"), grid: pick("--grid") };
  }

  function draw() {
    views.forEach(function (result) { result.finalize(); });
    views = [];
    var tone = colours();
    var config = {
      axis: {
        labelColor: tone.soft, titleColor: tone.soft, gridColor: tone.grid, domainColor: tone.grid, tickColor: tone.grid,
        labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal"
      },
      text: { color: tone.ink }
    };
    document.querySelectorAll("[data-chart]").forEach(function (place) {
      var spec = JSON.parse(document.getElementById("spec-" + place.dataset.chart).textContent);
      var options = { actions: false, renderer: "svg", config: config, tooltip: { theme: dark.matches ? "dark" : "light" } };
      window.vegaEmbed(place, spec, options).then(function (result) { views.push(result); }).catch(function () {
        place.textContent = "This chart could not be drawn; the table below has its numbers.";
      });
    });
  }

  // A link to a definition opens it.
  function open() {
    var target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
    if (target && target.tagName === "DETAILS") { target.open = true; }
  }

  draw();
  open();
  dark.addEventListener("change", draw);
  window.addEventListener("hashchange", open);
})();
