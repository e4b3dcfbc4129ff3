/*
 * core.js - the data of the page, and what all its charts share.
 *
 * The data came as JSON in the element "data"; it is never put into the page
 * but as text. Charts listen for three changes: "chosen" (a point), "mask"
 * (which points the brushes let through) and "theme" (colours).
 */
"use strict";

const napier = {};

napier.data = JSON.parse(document.getElementById("data").textContent);

napier.isRun = napier.data.kind === "run";

napier.Column = class {
    constructor(source) {
        Object.assign(this, source);
        this.isText = source.words !== undefined;
        const raw = this.isText ? source.codes : source.values;

        this.values = Float64Array.from(
            raw, v => v === null || (this.isText && v < 0) ? NaN : v);
        const known = this.values.filter(v => !Number.isNaN(v));

        this.known = known.length;
        this.low = d3.min(known);
        this.high = d3.max(known);
        this.sorted = Array.from(new Set(known)).sort((a, b) => a - b);
        this.varies = this.sorted.length > 1;
        this.isWhole = this.isText || this.sorted.every(Number.isInteger);
    }

    format(value) {
        if (value === undefined || Number.isNaN(value))
            return "–";
        if (this.isText)
            return this.words[value];
        if (this.name === "utilization")
            return d3.format(".1%")(value);
        if (Number.isInteger(value) && Math.abs(value) < 1e15)
            return d3.format(",")(value);
        const size = Math.abs(value);

        return d3.format(size >= 1e7 || size < 1e-3 ? ".4~g" : ",.4~r")(value);
    }

    text(row) {
        const value = this.format(this.values[row]);
        const unit = this.unit && value !== "–" ? " " + this.unit : "";

        return value + unit;
    }

    get title() {
        return this.unit ? `${this.name} (${this.unit})` : this.name;
    }

    /* ▲: more is better, ▼: less. */
    get arrow() {
        return this.goal === "max" ? " ▲" : this.goal === "min" ? " ▼" : "";
    }

    /* Is a better than b? Without a goal the smaller one is. */
    isBetter(a, b) {
        return this.goal === "max" ? a > b : a < b;
    }
};

/* A number at a tick of an axis of this column. */
napier.tick = function (column, value) {
    if (column.name === "utilization")
        return d3.format(".0%")(value);
    return d3.format(Math.abs(value) >= 1e4 ? "~s" : "~g")(value);
};

napier.columns = napier.data.columns.map(c => new napier.Column(c));
napier.axes = napier.columns.filter(c => c.role === "axis" && c.varies);
napier.count = napier.data.id.length;
napier.find = name => napier.columns.find(c => c.name === name);
napier.front = Uint32Array.from(napier.data.front);
napier.isFront = new Uint8Array(napier.count);
napier.front.forEach(i => { napier.isFront[i] = 1; });

napier.state = {
    chosen: -1,
    mask: new Uint8Array(napier.count).fill(1),
    passing: napier.count
};

napier.listeners = d3.dispatch("chosen", "mask", "theme", "size");

napier.choose = function (row) {
    if (row < 0 || row >= napier.count)
        return;
    napier.state.chosen = row;
    if (!napier.isRun)
        history.replaceState(null, "", "#point=" + napier.data.id[row]);
    napier.listeners.call("chosen");
};

/* d3 up to 5 keeps the event apart, from 6 on it is the argument. */
napier.event = argument => d3.event || argument;

/* ---------------------------------------------------------------- elements */

/* An element with text; never markup. */
napier.element = function (tag, className, text) {
    const e = document.createElement(tag);

    if (className)
        e.className = className;
    if (text !== undefined)
        e.textContent = text;
    return e;
};

napier.show = id => { document.getElementById(id).hidden = false; };

/* A select of columns; `change` gets the column, null for `none`. */
napier.picker = function (id, columns, first, none, change) {
    const select = document.getElementById(id);

    if (none)
        select.add(new Option(none, ""));
    columns.forEach(c => select.add(new Option(c.title, c.name)));
    select.value = first ? first.name : "";
    select.addEventListener("change", () =>
        change(select.value ? napier.find(select.value) : null));
    return select;
};

/* Size a canvas to its box, in device pixels; the context is in CSS pixels. */
napier.fit = function (canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;

    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    const context = canvas.getContext("2d");

    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
};

/* At most `limit` of the rows that pass the brushes, evenly, and the front. */
napier.sample = function (limit) {
    const { mask, passing } = napier.state;
    const step = Math.max(1, passing / limit);
    const rows = [];
    let seen = 0, next = 0;

    for (let i = 0; i < napier.count; i++) {
        if (!mask[i])
            continue;
        const isDue = seen++ >= next;

        if (isDue)
            next += step;
        if (isDue || napier.isFront[i])
            rows.push(i);
    }
    return rows;
};

/* ------------------------------------------------------------------ colour */

napier.colour = name => getComputedStyle(document.documentElement)
    .getPropertyValue("--" + name).trim();

napier.isDark = function () {
    const chosen = document.documentElement.dataset.theme;

    return chosen ? chosen === "dark"
                  : matchMedia("(prefers-color-scheme: dark)").matches;
};

/* Okabe and Ito's colours, which colour-blind readers tell apart. */
napier.categories = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9",
                     "#d55e00", "#999999", "#b8a800"];

/* t in 0 .. 1, without the end that vanishes in the background. */
napier.ramp = t => d3.interpolateViridis(
    napier.isDark() ? 0.22 + 0.78 * t : 0.92 * t);

/* The colour of a value of a column. */
napier.colourOf = function (column, value) {
    if (Number.isNaN(value))
        return napier.colour("faint");
    if (column.isText)
        return napier.categories[value % napier.categories.length];
    const span = column.high - column.low;

    return napier.ramp(span > 0 ? (value - column.low) / span : 0.5);
};

/* ----------------------------------------------------------------- tooltip */

napier.tip = {
    /* lines: [text, value] pairs; beside the place in the window. */
    show(title, lines, x, y) {
        const tip = document.getElementById("tip");
        const table = napier.element("table");

        tip.replaceChildren(napier.element("b", "", title), table);
        lines.forEach(([name, value]) => {
            const row = table.insertRow();

            row.append(napier.element("th", "", name),
                       napier.element("td", "", value));
        });
        tip.hidden = false;
        const box = tip.getBoundingClientRect();
        const left = x + 16 + box.width < innerWidth ? x + 16
                                                     : x - 16 - box.width;

        tip.style.left = Math.max(4, left) + "px";
        tip.style.top = Math.max(4, Math.min(y - 12, innerHeight - box.height
                                                     - 4)) + "px";
    },

    hide() {
        document.getElementById("tip").hidden = true;
    },

    /* What a point is: objectives, then the axes that vary. */
    point(row, more, x, y) {
        const names = napier.data.objectives.map(o => o.name);
        const shown = names.map(napier.find).concat(
            napier.axes.filter(c => !names.includes(c.name)));
        const lines = shown.slice(0, 14).map(c => [c.name, c.text(row)]);

        if (more > 0)
            lines.push(["same place", `${more} more; click again`]);
        napier.tip.show(`point ${napier.data.id[row]}`
                        + (napier.isFront[row] ? " · front" : ""),
                        lines, x, y);
    }
};
