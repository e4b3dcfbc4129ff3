/*
 * layers.js - the chosen point, layer by layer: a heat map of overflows, SQNR
 * and whatever else is known. Colours are scaled over all points, so that two
 * choices can be compared; every cell has its figure as well.
 */
"use strict";

napier.layers = (function () {
    const source = napier.data.layers;
    let columns = [], nameColumn, opColumn;

    /* What is coloured, in this order; dark is bad. The rest is figures. */
    const heat = {
        overflows: { bad: "high", log: true },
        sqnr_db: { bad: "low" },
        overflow_channels: { bad: "high" },
        utilization: { bad: "low" },
        cycles: { bad: "high", log: true }
    };

    function level(column, value) {
        const how = heat[column.name];

        if (!how || Number.isNaN(value))
            return NaN;
        const f = how.log && column.low >= 0 ? Math.log1p : v => v;
        const span = f(column.high) - f(column.low);
        const t = span > 0 ? (f(value) - f(column.low)) / span : 0;

        return how.bad === "high" ? t : 1 - t;
    }

    /* One hue from the background to dark: legible in grey as well. */
    function paint(cell, t) {
        if (Number.isNaN(t))
            return;
        const dark = napier.isDark();
        const colour = d3.hsl(dark
            ? d3.interpolateRgb("#1d2733", "#e08a2e")(t)
            : d3.interpolateRgb("#f7f4ef", "#b04a00")(t));

        cell.style.background = colour.toString();
        cell.style.color = d3.lab(colour).l > 55 ? "#10151b" : "#ffffff";
        cell.dataset.level = t.toFixed(3);
    }

    function addCell(row, column, at) {
        const value = column.values[at];
        const cell = row.insertCell();

        cell.textContent = column.name === "sqnr_db" && Number.isNaN(value)
            ? "exact" : column.format(value);
        cell.className = "heat";
        paint(cell, level(column, value));
    }

    function addHead(table) {
        const row = table.createTHead().insertRow();

        ["layer"].concat(opColumn ? ["op"] : [], columns.map(c =>
            c.title.replace(/_/g, " ")))
            .forEach(t => row.append(napier.element("th", "", t)));
    }

    function show(point) {
        const box = document.getElementById("heat");
        const from = source.start[point], to = source.start[point + 1];

        box.replaceChildren();
        document.getElementById("heat-note").textContent = to > from
            ? "Darker is worse; the colours of a column go from its best "
              + (napier.isRun ? "layer to its worst."
                              : "layer of all points to its worst.")
            : "This point has no layers in the report.";
        if (to <= from)
            return;
        const table = napier.element("table", "heat-table");
        const body = table.createTBody();

        addHead(table);
        for (let at = from; at < to; at++) {
            const row = body.insertRow();

            row.append(napier.element("th", "", nameColumn.text(at)));
            if (opColumn)
                row.insertCell().textContent = opColumn.text(at);
            columns.forEach(c => addCell(row, c, at));
        }
        box.append(table);
    }

    function refresh() {
        if (napier.state.chosen >= 0)
            show(napier.state.chosen);
    }

    /* --------------------------------------- overflows channel by channel */

    function channelCell(count, most, channel, layer) {
        const cell = napier.element("span", "channel");

        paint(cell, most > 0 ? Math.log1p(count) / Math.log1p(most) : 0);
        cell.addEventListener("mousemove", e => napier.tip.show(
            `${layer.name}, channel ${channel}`,
            [["overflows", d3.format(",")(count)]], e.clientX, e.clientY));
        cell.addEventListener("mouseleave", napier.tip.hide);
        return cell;
    }

    function showChannels() {
        const list = (napier.data.channels || [])
            .filter(l => l.overflows.length > 0);
        const most = d3.max(list, l => d3.max(l.overflows)) || 0;
        const box = document.getElementById("channels");

        if (!list.length)
            return;
        napier.show("channels-part");
        list.forEach(layer => {
            const line = napier.element("div", "channel-line");
            const cells = napier.element("div", "channel-cells");

            layer.overflows.forEach((count, n) =>
                cells.append(channelCell(count, most, n, layer)));
            line.append(napier.element("span", "channel-name", layer.name),
                        cells);
            box.append(line);
        });
    }

    function start() {
        if (!source || !source.columns.length)
            return;
        const all = source.columns.map(c => new napier.Column(c));

        nameColumn = all.find(c => c.name === "name");
        opColumn = all.find(c => c.name === "op");
        columns = all.filter(c => c !== nameColumn && c !== opColumn
                                  && c.name !== "channels"
                                  && !c.isText && c.known > 0);
        const order = Object.keys(heat);
        const rank = c => order.includes(c.name) ? order.indexOf(c.name) : 99;

        columns.sort((a, b) => rank(a) - rank(b));
        if (napier.isRun)
            document.getElementById("heat-title").textContent = "Layers";
        napier.show("heat-part");
        showChannels();
        refresh();
        napier.listeners.on("chosen.layers", refresh);
        napier.listeners.on("theme.layers", () => {
            refresh();
            document.getElementById("channels").replaceChildren();
            showChannels();
        });
    }

    return { start };
})();
