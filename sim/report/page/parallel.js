/*
 * parallel.js - parallel coordinates: an upright axis a column, a line a point.
 * A drag on an axis brushes a range; points outside any range turn faint in
 * every chart. At most LINES lines are drawn: the front, and an even sample.
 */
"use strict";

napier.parallel = (function () {
    const LINES = 3000, AXES = 12;
    const margin = { top: 40, right: 44, bottom: 14, left: 44 };
    const box = document.getElementById("parallel-box");
    const canvas = document.getElementById("parallel");
    const svg = d3.select("#parallel-over");
    const ranges = new Map();           /* column name -> [top, bottom] */
    let width = 0, height = 300, shown = [], placeX, scales;

    function choices() {
        return napier.columns.filter(c => c.varies);
    }

    function firstColumns() {
        const goals = napier.data.objectives.map(o => napier.find(o.name));

        const more = ["worst_sqnr_db", "overflows", "latency_ms",
                      "utilization"].map(napier.find).filter(c => c);

        return Array.from(new Set(napier.axes.concat(goals, more)))
            .filter(c => c.varies).slice(0, AXES);
    }

    function makeScale(column) {
        const range = [height - margin.bottom, margin.top];

        return column.isText || column.sorted.length <= 8
            ? d3.scalePoint().domain(column.sorted).range(range).padding(0.3)
            : d3.scaleLinear().domain([column.low, column.high]).range(range);
    }

    function place() {
        placeX = d3.scalePoint().domain(shown.map(c => c.name))
            .range([margin.left, width - margin.right]).padding(0.15);
        scales = new Map(shown.map(c => [c.name, makeScale(c)]));
    }

    /* Where a line meets an axis; a value that is not known has no place. */
    function heightOf(column, row) {
        const v = column.values[row];

        return Number.isNaN(v) ? NaN : scales.get(column.name)(v);
    }

    /* ------------------------------------------------------------ drawing */

    function drawLine(context, row) {
        let open = false;

        context.beginPath();
        for (const c of shown) {
            const y = heightOf(c, row), x = placeX(c.name);

            if (Number.isNaN(y)) {
                open = false;
                continue;
            }
            if (open)
                context.lineTo(x, y);
            else
                context.moveTo(x, y);
            open = true;
        }
        context.stroke();
    }

    function draw() {
        const context = napier.fit(canvas, width, height);
        const rows = napier.sample(LINES);
        const chosen = napier.state.chosen;

        context.clearRect(0, 0, width, height);
        context.lineWidth = 1;
        context.strokeStyle = napier.colour("line");
        context.globalAlpha = Math.max(0.06, Math.min(0.5, 60 / rows.length));
        rows.filter(i => !napier.isFront[i])
            .forEach(i => drawLine(context, i));
        const front = rows.filter(i => napier.isFront[i]);

        context.strokeStyle = napier.colour("accent");
        context.globalAlpha = Math.max(0.12, Math.min(0.9, 40 / front.length));
        context.lineWidth = 1.5;
        front.forEach(i => drawLine(context, i));
        context.globalAlpha = 1;
        if (chosen >= 0) {
            context.strokeStyle = napier.colour("chosen");
            context.lineWidth = 3;
            drawLine(context, chosen);
        }
        document.getElementById("parallel-note").textContent =
            `${d3.format(",")(napier.state.passing)} of `
            + `${d3.format(",")(napier.count)} points pass`
            + (rows.length < napier.state.passing
               ? `; ${d3.format(",")(rows.length)} drawn, the front whole`
               : "");
    }

    function drawAxis(column, g) {
        const scale = scales.get(column.name), axis = d3.axisLeft(scale);

        if (scale.bandwidth)
            axis.tickFormat(v => column.format(v));
        else
            axis.ticks(6).tickFormat(v => napier.tick(column, v));
        d3.select(g).call(axis.tickSizeOuter(0));
    }

    /* ----------------------------------------------------------- brushing */

    function updateMask() {
        const { mask } = napier.state;
        const tests = shown.filter(c => ranges.has(c.name));
        let passing = 0;

        for (let i = 0; i < napier.count; i++) {
            mask[i] = tests.every(c => {
                const [top, bottom] = ranges.get(c.name);
                const y = heightOf(c, i);

                return y >= top && y <= bottom;
            }) ? 1 : 0;
            passing += mask[i];
        }
        napier.state.passing = passing;
        document.getElementById("brush-clear").disabled = ranges.size === 0;
        napier.listeners.call("mask");
    }

    let waiting = false;

    function updateSoon() {
        if (waiting)
            return;
        waiting = true;
        requestAnimationFrame(() => {
            waiting = false;
            updateMask();
        });
    }

    function makeBrush(column) {
        return d3.brushY()
            .extent([[-12, margin.top - 8], [12, height - margin.bottom + 8]])
            .on("brush end", argument => {
                const { selection } = napier.event(argument);

                if (selection)
                    ranges.set(column.name, selection);
                else
                    ranges.delete(column.name);
                updateSoon();
            });
    }

    /* Names side by side: short ones whole, in two rows in turn. */
    function drawTitle(g, column, index) {
        g.append("text").attr("class", "title")
            .attr("y", index % 2 && shown.length > 6 ? 12 : 26)
            .attr("text-anchor", "middle")
            .text(column.name + column.arrow)
            .append("title").text(column.help || column.title);
    }

    function rebuild() {
        ranges.clear();
        place();
        svg.selectAll("g").remove();
        svg.attr("width", width).attr("height", height);
        shown.forEach((column, i) => {
            const g = svg.append("g")
                .attr("class", "axis").attr("data-column", column.name)
                .attr("transform", `translate(${placeX(column.name)},0)`);

            drawAxis(column, g.node());
            drawTitle(g, column, i);
            g.append("g").attr("class", "brush").call(makeBrush(column));
        });
        updateMask();
    }

    function clear() {
        rebuild();
    }

    function resize() {
        width = Math.max(320, box.clientWidth);
        box.style.height = height + "px";
        rebuild();
    }

    function listColumns() {
        const list = document.getElementById("parallel-columns");

        choices().forEach(c => {
            const label = napier.element("label");
            const check = document.createElement("input");

            check.type = "checkbox";
            check.checked = shown.includes(c);
            check.addEventListener("change", () => {
                shown = check.checked ? shown.concat([c])
                                      : shown.filter(other => other !== c);
                rebuild();
            });
            label.append(check, " " + c.name);
            list.append(label);
        });
    }

    function start() {
        shown = firstColumns();
        listColumns();
        document.getElementById("brush-clear").addEventListener("click",
                                                                clear);
        resize();
        napier.listeners.on("mask.parallel", draw);
        napier.listeners.on("chosen.parallel", draw);
        napier.listeners.on("theme.parallel", draw);
        napier.listeners.on("size.parallel", resize);
    }

    return { start };
})();
