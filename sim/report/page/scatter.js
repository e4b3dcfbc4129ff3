/*
 * scatter.js - all points over any two columns: points on a canvas, axes and
 * the hovered point in SVG above it. A zoom scales both axes alike, so that a
 * quadtree over the unzoomed places finds the nearest point at any zoom.
 */
"use strict";

napier.scatter = (function () {
    const LOG = 30;
    const margin = { top: 14, right: 18, bottom: 46, left: 66 };
    const box = document.getElementById("scatter-box");
    const canvas = document.getElementById("scatter");
    const svg = d3.select("#scatter-over");
    const view = { x: null, y: null, colour: null, logX: false, logY: false };
    let width = 0, height = 0, scaleX, scaleY, placeX, placeY, tree;
    let transform = d3.zoomIdentity;
    let binOf, binColours, lastClick = [];

    const zoom = d3.zoom().scaleExtent([1, 400]).on("zoom", argument => {
        transform = napier.event(argument).transform;
        napier.tip.hide();
        draw();
    });

    /* ------------------------------------------------------------- scales */

    function makeScale(column, isLog, range) {
        if (isLog && column.low > 0) {
            const rim = column.varies ? (column.high / column.low) ** 0.05 : 2;

            return d3.scaleLog().range(range)
                .domain([column.low / rim, column.high * rim]);
        }
        const span = column.high - column.low || Math.abs(column.high) || 1;
        const pad = column.isText ? 0.5 : 0.05 * span;

        return d3.scaleLinear().range(range)
            .domain([column.low - pad, column.high + pad]);
    }

    function place() {
        scaleX = makeScale(view.x, view.logX,
                           [margin.left, width - margin.right]);
        scaleY = makeScale(view.y, view.logY,
                           [height - margin.bottom, margin.top]);
        placeX = Float64Array.from(view.x.values, v => scaleX(v));
        placeY = Float64Array.from(view.y.values, v => scaleY(v));
        rebuildTree();
    }

    function rebuildTree() {
        const rows = d3.range(napier.count).filter(
            i => napier.state.mask[i] && placeX[i] === placeX[i]
                 && placeY[i] === placeY[i]);

        tree = d3.quadtree().x(i => placeX[i]).y(i => placeY[i]).addAll(rows);
    }

    function makeBins() {
        const c = view.colour, bins = 24;

        if (!c) {
            binOf = new Uint8Array(napier.count);
            binColours = [napier.colour("point")];
            return;
        }
        const span = c.high - c.low;

        binOf = Uint8Array.from(c.values, v => Number.isNaN(v) ? bins
            : c.isText ? v % napier.categories.length
            : span > 0 ? Math.min(bins - 1, Math.floor((v - c.low) / span
                                                       * bins)) : 0);
        binColours = d3.range(bins).map(b => c.isText
            ? napier.categories[b % napier.categories.length]
            : napier.ramp(b / (bins - 1)));
        binColours.push(napier.colour("faint"));
    }

    /* ------------------------------------------------------------ drawing */

    const atX = i => transform.applyX(placeX[i]);
    const atY = i => transform.applyY(placeY[i]);

    function isInside(x, y) {
        return x >= margin.left - 6 && x <= width - margin.right + 6
               && y >= margin.top - 6 && y <= height - margin.bottom + 6;
    }

    function drawRows(context, rows, radius) {
        for (const i of rows) {
            const x = atX(i), y = atY(i);

            if (!isInside(x, y))
                continue;
            if (radius < 2.5) {
                context.fillRect(x - radius, y - radius, 2 * radius,
                                 2 * radius);
                continue;
            }
            context.beginPath();
            context.arc(x, y, radius, 0, 2 * Math.PI);
            context.fill();
        }
    }

    function drawCloud(context) {
        const groups = binColours.map(() => []), out = [];
        const radius = napier.count > 20000 ? 1.5 : napier.count > 2000 ? 2.4
                                                                    : 3.6;

        for (let i = 0; i < napier.count; i++)
            (napier.state.mask[i] ? groups[binOf[i]] : out).push(i);
        context.fillStyle = napier.colour("faint");
        drawRows(context, out, Math.min(radius, 2));
        context.globalAlpha = 0.85;
        groups.forEach((rows, b) => {
            context.fillStyle = binColours[b];
            drawRows(context, rows, radius);
        });
        context.globalAlpha = 1;
    }

    /* A ring about each point of the front. */
    function drawFront(context) {
        context.lineWidth = 1.5;
        context.strokeStyle = napier.colour("text");
        for (const i of napier.front) {
            if (!napier.state.mask[i] || !isInside(atX(i), atY(i)))
                continue;
            context.beginPath();
            context.arc(atX(i), atY(i), 5, 0, 2 * Math.PI);
            context.fillStyle = binColours[binOf[i]];
            context.fill();
            context.stroke();
        }
    }

    /* The best y for each x, of what passes: a staircase. */
    function drawStairs(context) {
        if (!view.x.goal || !view.y.goal || view.x === view.y)
            return;
        const rows = d3.range(napier.count).filter(i => napier.state.mask[i]
            && !Number.isNaN(placeX[i] + placeY[i]));
        const xs = view.x.values, ys = view.y.values;
        let best = NaN;

        rows.sort((a, b) => xs[a] !== xs[b]
            ? (view.x.isBetter(xs[a], xs[b]) ? -1 : 1)
            : view.y.isBetter(ys[a], ys[b]) ? -1 : 1);
        context.strokeStyle = napier.colour("accent");
        context.lineWidth = 1.5;
        context.beginPath();
        rows.forEach((row, i) => {
            if (i > 0 && !view.y.isBetter(ys[row], best))
                return;
            if (i > 0)
                context.lineTo(atX(row), transform.applyY(scaleY(best)));
            else
                context.moveTo(atX(row), atY(row));
            context.lineTo(atX(row), atY(row));
            best = ys[row];
        });
        context.stroke();
    }

    function drawChosen(context) {
        const i = napier.state.chosen;

        if (i < 0 || Number.isNaN(placeX[i] + placeY[i]))
            return;
        context.strokeStyle = napier.colour("chosen");
        context.lineWidth = 3;
        context.beginPath();
        context.arc(atX(i), atY(i), 9, 0, 2 * Math.PI);
        context.stroke();
    }

    /* Under a few decades, powers of ten alone would be too few. */
    function logTicks(axis, [low, high]) {
        axis.ticks(6, "~s");
        if (high / low < 30)
            axis.tickValues(d3.ticks(low, high, 6).filter(v => v > 0))
                .tickFormat(d3.format("~s"));
    }

    function drawAxis(name, scale, column, isX, translate) {
        const axis = isX ? d3.axisBottom(scale) : d3.axisLeft(scale);

        axis.ticks(isX ? 8 : 7).tickSizeOuter(0);
        if (column.isText)
            axis.tickValues(d3.range(column.words.length))
                .tickFormat(v => column.words[v]);
        else if (scale.base)
            logTicks(axis, scale.domain());
        else if (column.isWhole)
            axis.tickFormat(v => Number.isInteger(v)
                ? d3.format(Math.abs(v) < 1e5 ? "," : "~s")(v) : "");
        svg.select(name).attr("transform", translate).call(axis);
    }

    function drawAxes() {
        const x = transform.rescaleX(scaleX), y = transform.rescaleY(scaleY);

        drawAxis(".axis-x", x, view.x, true,
                 `translate(0,${height - margin.bottom})`);
        drawAxis(".axis-y", y, view.y, false, `translate(${margin.left},0)`);
        svg.select(".title-x").text(view.x.title + view.x.arrow)
            .attr("x", (margin.left + width - margin.right) / 2)
            .attr("y", height - 8);
        svg.select(".title-y").text(view.y.title + view.y.arrow)
            .attr("transform", `translate(15,${(margin.top + height
                - margin.bottom) / 2}) rotate(-90)`);
    }

    function draw() {
        const context = napier.fit(canvas, width, height);

        context.clearRect(0, 0, width, height);
        context.save();
        context.beginPath();
        context.rect(margin.left, 0, width - margin.left,
                     height - margin.bottom + 6);
        context.clip();
        drawCloud(context);
        drawStairs(context);
        drawFront(context);
        drawChosen(context);
        context.restore();
        drawAxes();
        svg.select(".hover").attr("visibility", "hidden");
        box.dataset.scale = transform.k.toFixed(3);
    }

    function drawLegend() {
        const legend = document.getElementById("scatter-legend");
        const c = view.colour;

        legend.replaceChildren();
        if (!c)
            return;
        legend.append(napier.element("span", "legend-name", c.title));
        const values = c.isText || c.sorted.length <= 8 ? c.sorted
            : d3.range(5).map(t => c.low + t / 4 * (c.high - c.low));

        values.slice(0, 12).forEach(v => {
            const item = napier.element("span", "legend-item");
            const dot = napier.element("span", "dot");

            dot.style.background = napier.colourOf(c, v);
            item.append(dot, c.format(v));
            legend.append(item);
        });
    }

    /* -------------------------------------------------------- interaction */

    function nearest(event) {
        const r = canvas.getBoundingClientRect();
        const x = event.clientX - r.left, y = event.clientY - r.top;

        if (!isInside(x, y))
            return -1;
        const [bx, by] = transform.invert([x, y]);
        const row = tree.find(bx, by, 14 / transform.k);

        return row === undefined ? -1 : row;
    }

    /* All rows drawn in the place of `row`, in order. */
    function together(row) {
        const rows = [];

        for (let i = 0; i < napier.count; i++)
            if (napier.state.mask[i]
                && Math.abs(placeX[i] - placeX[row]) * transform.k < 0.75
                && Math.abs(placeY[i] - placeY[row]) * transform.k < 0.75)
                rows.push(i);
        /* The front first. */
        return rows.sort((a, b) => napier.isFront[b] - napier.isFront[a]
                                   || a - b);
    }

    function hover(event) {
        const near = nearest(event);

        if (near < 0) {
            leave();
            return;
        }
        const rows = together(near);

        svg.select(".hover").attr("visibility", "visible")
            .attr("cx", atX(near)).attr("cy", atY(near));
        napier.tip.point(rows[0], rows.length - 1, event.clientX,
                         event.clientY);
    }

    function leave() {
        svg.select(".hover").attr("visibility", "hidden");
        napier.tip.hide();
    }

    /* Once more in the same place: the next of those that lie there. */
    function click(event) {
        const near = nearest(event);

        if (near < 0)
            return;
        const rows = together(near);
        const at = rows.indexOf(napier.state.chosen);
        const again = at >= 0 && lastClick.join() === rows.join();

        lastClick = rows;
        napier.choose(again ? rows[(at + 1) % rows.length] : rows[0]);
    }

    function resize() {
        width = Math.max(320, box.clientWidth);
        height = Math.max(300, Math.min(480, Math.round(width * 0.56)));
        box.style.height = height + "px";
        svg.attr("width", width).attr("height", height);
        zoom.extent([[margin.left, margin.top],
                     [width - margin.right, height - margin.bottom]])
            .translateExtent([[margin.left, margin.top],
                              [width - margin.right,
                               height - margin.bottom]]);
        place();
        draw();
    }

    function reset() {
        svg.call(zoom.transform, d3.zoomIdentity);
    }

    function change() {
        place();
        reset();
        draw();
    }

    function build() {
        svg.append("g").attr("class", "axis axis-x");
        svg.append("g").attr("class", "axis axis-y");
        svg.append("text").attr("class", "title title-x")
            .attr("text-anchor", "middle");
        svg.append("text").attr("class", "title title-y")
            .attr("text-anchor", "middle");
        svg.append("circle").attr("class", "hover").attr("r", 8)
            .attr("visibility", "hidden");
        svg.call(zoom).on("dblclick.zoom", null);
        const node = svg.node();

        node.addEventListener("mousemove", hover);
        node.addEventListener("mouseleave", leave);
        node.addEventListener("click", click);
        node.addEventListener("dblclick", reset);
    }

    /* At first where the column spans more than LOG times its least value. */
    function watchLog(id, key, column) {
        const box = document.getElementById(id);

        view[key] = box.checked = !column.isText && column.low > 0
                                  && column.high / column.low > LOG;
        box.addEventListener("change", () => {
            view[key] = box.checked;
            change();
        });
    }

    function pickers() {
        const usable = napier.columns.filter(c => c.known > 0);
        const goals = napier.data.objectives.map(o => napier.find(o.name));
        const first = goals.filter(c => c.known > 0);

        view.y = first[0] || usable[0];
        view.x = first[1] || usable.find(c => c !== view.y) || view.y;
        view.colour = napier.axes[0] || null;
        napier.picker("pick-x", usable, view.x, "",
                      c => { view.x = c; change(); });
        napier.picker("pick-y", usable, view.y, "",
                      c => { view.y = c; change(); });
        napier.picker("pick-colour", usable, view.colour, "one colour", c => {
            view.colour = c;
            makeBins();
            drawLegend();
            draw();
        });
        watchLog("log-x", "logX", view.x);
        watchLog("log-y", "logY", view.y);
        document.getElementById("zoom-reset").addEventListener("click", reset);
    }

    /* Where a row is drawn, in the window; for tests and for keyboards. */
    function locate(row) {
        const r = canvas.getBoundingClientRect();

        return [r.left + atX(row), r.top + atY(row)];
    }

    function start() {
        build();
        pickers();
        makeBins();
        drawLegend();
        resize();
        napier.listeners.on("chosen.scatter", draw);
        napier.listeners.on("size.scatter", resize);
        napier.listeners.on("mask.scatter", () => { rebuildTree(); draw(); });
        napier.listeners.on("theme.scatter", () => {
            makeBins();
            drawLegend();
            draw();
        });
    }

    return { start, locate };
})();
