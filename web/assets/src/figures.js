// Draws each chart from the table beneath it: the numbers on the screen are the numbers of the chart. A small part of ECharts, on canvas; tooltips are
// drawn on it too, because the pages allow no style in HTML.
import {BarChart, LineChart} from "echarts/charts";
import {GridComponent, LegendComponent, TooltipComponent} from "echarts/components";
import {init, use} from "echarts/core";
import {CanvasRenderer} from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const ROW = 34, BAR = 14, AROUND = 76, LINES = 280, LETTER = 13;
const drawn = new Map();
const still = matchMedia("(prefers-reduced-motion: reduce)");

function read(table) {
  const heads = [...table.tHead.rows[0].cells], rows = [...table.tBodies[0].rows];
  const series = heads.flatMap((head, at) => head.dataset.drawn === undefined ? [] : [{
    name: head.dataset.drawn, values: rows.map((row) => row.cells[at].dataset.value === undefined ? null : Number(row.cells[at].dataset.value)),
  }]).map((one, number) => ({...one, number}));
  return {labels: rows.map((row) => row.cells[0].textContent.trim()), series: series.filter((one) => one.values.some((value) => value)) };
}

function colours() {
  const style = getComputedStyle(document.documentElement), named = (name) => style.getPropertyValue(name).trim();
  return {ink: named("--ink"), quiet: named("--ink-2"), line: named("--line"), surface: named("--surface"), font: named("--font"),
    many: Array.from({length: 9}, (_, number) => named(`--chart-${number + 1}`)),
    // What is good and what is bad keeps its colour: five stars to one; late, under way, then what was done.
    of: {"table-stars": [5, 4, 3, 2, 1].map((star) => named(`--stars-${star}`)), "table-bad": ["--late", "--chart-3", "--ok", "--chart-7", "--chart-8", "--chart-9"].map(named)}};
}

// The names of the rows have a quarter of the width.
const short = (width) => (words) => words.length * LETTER > width / 4 ? `${words.slice(0, Math.floor(width / 4 / LETTER) - 1)}…` : words;

function option(kind, {labels, series}, seen, {dataset: {of}, clientWidth}) {
  const along = kind === "lines", text = {color: seen.ink, fontFamily: seen.font, fontSize: 13};
  const names = {type: "category", data: labels, inverse: !along, axisTick: {show: false}, axisLine: {lineStyle: {color: seen.line}},
    axisLabel: {...text, color: seen.quiet, formatter: along ? undefined : short(clientWidth), hideOverlap: along}};
  const numbers = {type: "value", minInterval: series.some((one) => one.values.some((value) => value % 1)) ? 0 : 1, splitLine: {lineStyle: {color: seen.line}},
    axisLabel: {...text, color: seen.quiet}};
  const single = series.length === 1, palette = seen.of[of] ?? seen.many, colour = (one) => palette[one.number % palette.length];
  return {
    animation: !still.matches, textStyle: {fontFamily: seen.font},
    grid: {left: 12, right: single ? 56 : 24, top: single ? 12 : 44, bottom: 8, containLabel: true},
    legend: {show: !single, type: "scroll", top: 6, left: 12, right: 12, icon: "roundRect", itemWidth: 14, itemHeight: 10, textStyle: text, pageTextStyle: text},
    tooltip: {trigger: "axis", renderMode: "richText", confine: true, axisPointer: {type: along ? "line" : "shadow"}, backgroundColor: seen.surface, borderColor: seen.line,
      textStyle: text, valueFormatter: (value) => value === null || value === undefined ? "–" : value.toLocaleString("zh-CN")},
    xAxis: along ? {...names, boundaryGap: false} : numbers, yAxis: along ? numbers : names,
    series: series.map((one) => along
      ? {type: "line", name: one.name, data: one.values, color: colour(one), smooth: .2, showSymbol: labels.length < 40, symbolSize: 6, lineStyle: {width: 2.5}}
      : {type: "bar", name: one.name, data: one.values, color: colour(one), stack: kind === "bars" ? "all" : undefined, barMaxWidth: kind === "bars" ? 20 : BAR,
        itemStyle: {borderRadius: single ? 3 : 0}, label: {show: single, position: "right", ...text}}),
  };
}

function draw(place) {
  const found = read(document.getElementById(place.dataset.of)), kind = place.dataset.chart;
  if (!found.series.length) return;
  place.hidden = false;
  const beside = kind === "beside" ? found.series.length * (BAR + 2) + 12 : ROW;
  place.style.height = `${kind === "lines" ? LINES : AROUND + found.labels.length * beside}px`;
  const chart = drawn.get(place) ?? init(place);
  drawn.set(place, chart);
  chart.resize();
  chart.setOption(option(kind, found, colours(), place), true);
}

const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
all();
// Beneath a chart the numbers are one press away; on paper they are there.
document.querySelectorAll("[data-beneath]").forEach((numbers) => { if (!numbers.previousElementSibling?.hidden) numbers.open = false; });
addEventListener("beforeprint", () => document.querySelectorAll(".figures__numbers").forEach((numbers) => { numbers.open = true; }));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
new ResizeObserver(() => drawn.forEach((chart, place) => { if (chart.getWidth() !== place.clientWidth) draw(place); })).observe(document.querySelector(".figures") ?? document.body);
