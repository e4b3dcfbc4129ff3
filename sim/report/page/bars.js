/*
 * bars.js - of one run: what each layer costs in cycles and energy, as bars.
 */
"use strict";

napier.bars = (function () {
    const margin = { top: 8, right: 84, bottom: 8, left: 118 };
    const line = 24, width = 560;

    /* chart: {title, unit, parts: [name], rows: [{name, values}]} */
    function draw(chart) {
        const figure = napier.element("figure", "bars");
        const height = margin.top + margin.bottom + line * chart.rows.length;
        const x = d3.scaleLinear()
            .domain([0, d3.max(chart.rows, r => d3.sum(r.values)) || 1])
            .range([margin.left, width - margin.right]);
        const svg = d3.select(figure).append("svg")
            .attr("width", width).attr("height", height);

        figure.prepend(napier.element("figcaption", "", chart.title));
        chart.rows.forEach((row, i) => drawRow(svg, chart, row, x,
                                               margin.top + line * i));
        if (chart.parts.length > 1)
            figure.append(legend(chart.parts));
        document.getElementById("bars").append(figure);
    }

    function drawRow(svg, chart, row, x, y) {
        const total = d3.sum(row.values);
        let from = 0;

        svg.append("text").attr("class", "bar-name").attr("x", margin.left - 8)
            .attr("y", y + line / 2).text(row.name);
        row.values.forEach((v, n) => {
            svg.append("rect").attr("x", x(from)).attr("y", y + 4)
                .attr("width", Math.max(0, x(from + v) - x(from)))
                .attr("height", line - 8).attr("fill", napier.categories[n])
                .append("title").text(`${row.name}, ${chart.parts[n]}: `
                    + `${d3.format(",.4~r")(v)} ${chart.unit}`);
            from += v;
        });
        svg.append("text").attr("class", "bar-value").attr("x", x(total) + 6)
            .attr("y", y + line / 2)
            .text(d3.format(total >= 1000 ? ",.0f" : ",.4~r")(total));
    }

    function legend(parts) {
        const box = napier.element("div", "legend");

        parts.forEach((name, n) => {
            const item = napier.element("span", "legend-item");
            const dot = napier.element("span", "dot");

            dot.style.background = napier.categories[n];
            item.append(dot, name);
            box.append(item);
        });
        return box;
    }

    function start() {
        const charts = napier.data.bars || [];

        charts.filter(c => c.rows.length > 0).forEach(draw);
        if (charts.length)
            napier.show("bars-part");
    }

    return { start };
})();
