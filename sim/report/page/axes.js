/*
 * axes.js - one result against each axis: every point that passes the brushes,
 * the best and the median at each value. What does an axis give when all else
 * is free?
 */
"use strict";

napier.against = (function () {
    const DOTS = 4000, VALUES = 24;
    const margin = { top: 12, right: 12, bottom: 36, left: 50 };
    const width = 296, height = 200;
    const charts = [];
    let result;

    /* Values of an axis, and the rows at each; wide axes in equal classes. */
    function classes(axis) {
        const { mask } = napier.state;
        const few = axis.isText || axis.sorted.length <= VALUES;
        const span = axis.high - axis.low;
        const groups = new Map();

        for (let i = 0; i < napier.count; i++) {
            const v = axis.values[i];

            if (!mask[i] || Number.isNaN(v)
                || Number.isNaN(result.values[i]))
                continue;
            const t = Math.min(VALUES - 1,
                               Math.floor((v - axis.low) / span * VALUES));
            const key = few ? v : axis.low + (t + 0.5) / VALUES * span;

            if (!groups.has(key))
                groups.set(key, []);
            groups.get(key).push(i);
        }
        return Array.from(groups, ([value, rows]) => summary(value, rows))
            .sort((a, b) => a.value - b.value);
    }

    function summary(value, rows) {
        let best = rows[0];

        rows.forEach(i => {
            if (result.isBetter(result.values[i], result.values[best]))
                best = i;
        });
        return { value, rows, best, median: d3.median(rows, i =>
            result.values[i]) };
    }

    function scaleX(axis) {
        const range = [margin.left, width - margin.right];

        return axis.isText || axis.sorted.length <= 16
            ? d3.scalePoint().domain(axis.sorted).range(range).padding(0.5)
            : d3.scaleLinear().domain([axis.low, axis.high])
                .range([range[0] + 9, range[1] - 9]);
    }

    function drawDots(context, axis, x, y) {
        const spread = x.bandwidth ? 0.5 * x.step() : 0;

        context.globalAlpha = 0.45;
        context.fillStyle = napier.colour("point");
        napier.sample(DOTS).forEach((i, n) => {
            const v = axis.values[i], r = result.values[i];

            if (Number.isNaN(v + r))
                return;
            /* Spread evenly, the same at every drawing. */
            const shift = (n * 0.61803 % 1 - 0.5) * spread;

            context.fillRect(x(v) + shift - 1, y(r) - 1, 2, 2);
        });
        context.globalAlpha = 1;
    }

    function drawLine(chart, name, list, x, y, value) {
        chart.svg.select(name).attr("d", d3.line()
            .x(d => x(d.value)).y(d => y(value(d)))(list));
    }

    function showClass(chart, d, event) {
        const axis = chart.axis;

        napier.tip.show(`${axis.name} = ${axis.format(d.value)}`, [
            [`best ${result.name}`, result.text(d.best)],
            [`median ${result.name}`, result.format(d.median)],
            ["points", d3.format(",")(d.rows.length)],
            ["click", `choose point ${napier.data.id[d.best]}`]
        ], event.clientX, event.clientY);
    }

    function drawMarks(chart, list, x, y) {
        const marks = chart.svg.select(".marks").selectAll("circle")
            .data(list);
        const all = marks.enter().append("circle").merge(marks);

        marks.exit().remove();
        all.attr("r", 4.5).attr("cx", d => x(d.value))
            .attr("cy", d => y(result.values[d.best]))
            .classed("is-chosen", d => d.rows.includes(napier.state.chosen));
        all.each(function (d) {
            this.onmousemove = event => showClass(chart, d, event);
            this.onmouseleave = napier.tip.hide;
            this.onclick = () => napier.choose(d.best);
        });
    }

    function drawChart(chart) {
        const { axis, svg } = chart;
        const x = scaleX(axis);
        const pad = 0.05 * (result.high - result.low) || 1;
        const y = d3.scaleLinear().domain([result.low - pad,
                                           result.high + pad])
            .range([height - margin.bottom, margin.top]);
        const context = napier.fit(chart.canvas, width, height);
        const list = classes(axis);
        const bottom = d3.axisBottom(x).tickSizeOuter(0);

        context.clearRect(0, 0, width, height);
        drawDots(context, axis, x, y);
        if (x.bandwidth)
            bottom.tickFormat(v => axis.format(v));
        else
            bottom.ticks(5).tickFormat(v => napier.tick(axis, v));
        svg.select(".axis-x").call(bottom)
            .select(".domain").attr("d", `M${margin.left},0H${width
                - margin.right}`);
        svg.select(".axis-y").call(d3.axisLeft(y).ticks(5)
            .tickFormat(v => napier.tick(result, v)).tickSizeOuter(0));
        drawLine(chart, ".median", list, x, y, d => d.median);
        drawLine(chart, ".best", list, x, y, d => result.values[d.best]);
        drawMarks(chart, list, x, y);
    }

    function makeChart(axis) {
        const figure = napier.element("figure", "small-chart");
        const canvas = document.createElement("canvas");
        const svg = d3.select(figure).append("svg")
            .attr("width", width).attr("height", height);

        figure.prepend(canvas);
        svg.append("g").attr("class", "axis axis-x")
            .attr("transform", `translate(0,${height - margin.bottom})`);
        svg.append("g").attr("class", "axis axis-y")
            .attr("transform", `translate(${margin.left},0)`);
        svg.append("path").attr("class", "median");
        svg.append("path").attr("class", "best");
        svg.append("g").attr("class", "marks");
        svg.append("text").attr("class", "title").attr("text-anchor", "middle")
            .attr("x", (margin.left + width - margin.right) / 2)
            .attr("y", height - 4).text(axis.title);
        document.getElementById("against").append(figure);
        charts.push({ axis, canvas, svg });
    }

    function draw() {
        charts.forEach(drawChart);
    }

    function start() {
        const usable = napier.columns.filter(
            c => c.role !== "axis" && !c.isText && c.known > 0);
        const first = napier.data.objectives.map(o => napier.find(o.name))
            .find(c => usable.includes(c));

        result = first || usable[0];
        if (!result || !napier.axes.length) {
            document.getElementById("against-part").hidden = true;
            return;
        }
        napier.picker("pick-result", usable, result, "", c => {
            result = c;
            draw();
        });
        napier.axes.forEach(makeChart);
        draw();
        napier.listeners.on("mask.against", draw);
        napier.listeners.on("chosen.against", draw);
        napier.listeners.on("theme.against", draw);
    }

    return { start };
})();
