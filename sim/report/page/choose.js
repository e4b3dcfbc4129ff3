/*
 * choose.js - the chosen point: its figures, its YAML ready to copy, the
 * command that runs it, and the front as a table to choose from.
 */
"use strict";

napier.chosen = (function () {
    const ROWS = 200;
    let sortBy = null, ascending = true;

    /* ---------------------------------------------------------- the point */

    function showFigures(row) {
        const table = document.getElementById("figures");

        table.replaceChildren();
        napier.columns.filter(c => !Number.isNaN(c.values[row])).forEach(c => {
            const line = table.insertRow();
            const name = napier.element("th", "", c.name);

            name.title = c.help || "";
            line.className = c.role;
            line.append(name, napier.element("td", "", c.text(row)));
        });
    }

    /* [key, text] pairs, keys with dots, as nested maps. */
    function nest(pairs) {
        const root = new Map();

        pairs.forEach(([key, text]) => {
            const parts = key.split(".");
            let at = root;

            parts.slice(0, -1).forEach(part => {
                if (!(at.get(part) instanceof Map))
                    at.set(part, new Map());
                at = at.get(part);
            });
            at.set(parts[parts.length - 1], text);
        });
        return root;
    }

    function print(map, indent) {
        let text = "";

        map.forEach((value, key) => {
            text += " ".repeat(indent) + key + ":";
            text += value instanceof Map
                ? "\n" + print(value, indent + 2) : " " + value + "\n";
        });
        return text;
    }

    /* A word as YAML: plain where it means itself, JSON lists and what is
     * quoted already as they are. */
    function word(text) {
        if (/^[A-Za-z_][\w.\/+-]*$/.test(text))
            return text;
        try {
            if (typeof JSON.parse(text) === "object" || text[0] === "\"")
                return text;
        } catch (error) {
            /* A text, then. */
        }
        return JSON.stringify(text);
    }

    const scalar = (column, row) => column.isText
        ? word(column.words[column.values[row]]) : String(column.values[row]);

    const axesOf = (row, scope) => napier.columns.filter(
        c => c.role === "axis" && (!scope || c.document === scope)
             && !Number.isNaN(c.values[row]));

    const quote = text => /^[\w.,=:\/+-]+$/.test(text) ? text
        : "'" + text.replace(/'/g, "'\\''") + "'";

    /*
     * One file: the base's keys, and those of the axes in their place. What
     * belongs to another file (`apart`) or inside a list stands as a comment.
     */
    function yamlOf(row, document, extra, apart) {
        const pairs = new Map(document.base);
        const lists = apart.map(c => `#   ${c.name}: ${scalar(c, row)}\n`);

        axesOf(row, document.name).concat(extra).forEach(c => {
            const [key, text] = c.name ? [c.name, scalar(c, row)] : c;
            const list = Array.from(pairs.keys()).find(
                k => key.startsWith(k + "."));

            if (list)
                lists.push(`#   ${key}: ${text}\n`);
            else
                pairs.set(key, text);
        });
        return `# Point ${napier.data.id[row]} of ${napier.data.title}, after `
               + document.path + "\n"
               + (lists.length ? "# Not in this file, only in the command:\n"
                                 + lists.join("") : "")
               + print(nest(Array.from(pairs)), 0);
    }

    /* [name, text] of what can be copied. */
    function blocksOf(row) {
        const { documents } = napier.data.yaml;
        const find = name => documents.find(d => d.name === name);
        const design = find("design");
        /* An axis may be the hardware file itself: no one file, then. */
        const hardware = napier.find("hardware") ? undefined
                                                 : find("hardware");
        const changed = hardware && axesOf(row, "hardware").length > 0;
        const point = "point" + napier.data.id[row];
        const blocks = [];

        if (design)
            blocks.push(["Command", "napier run " + quote(design.path)
                + axesOf(row).map(c => " \\\n    --set "
                    + quote(`${c.name}=${scalar(c, row)}`)).join("") + "\n"]);
        if (changed)
            blocks.push([point + ".hardware.yaml",
                         yamlOf(row, hardware, [], [])]);
        if (design && (design.base.length || axesOf(row, "design").length))
            blocks.push([point + ".yaml", yamlOf(row, design, changed
                ? [["hardware", point + ".hardware.yaml"]] : [],
                axesOf(row, "network").concat(
                    changed ? [] : axesOf(row, "hardware")))]);
        return blocks;
    }

    function showBlocks(row) {
        const box = document.getElementById("yaml");

        box.replaceChildren();
        blocksOf(row).forEach(([name, text]) => {
            const bar = napier.element("div", "bar");
            const button = napier.element("button", "copy", "Copy");
            const code = napier.element("pre", "", text);

            code.tabIndex = 0;
            button.type = "button";
            button.addEventListener("click", () => copy(button, code));
            bar.append(napier.element("h3", "", name), button);
            box.append(bar, code);
        });
    }

    function show() {
        const row = napier.state.chosen;

        if (row < 0)
            return;
        document.getElementById("chosen-name").textContent =
            (napier.isRun ? "The whole network"
                          : `Point ${napier.data.id[row]}`)
            + (napier.isFront[row] ? " · on the front" : "");
        showFigures(row);
        if (napier.data.yaml) {
            napier.show("yaml-part");
            showBlocks(row);
        }
        markRows();
    }

    /* ---------------------------------------------------------- copying */

    function select(node) {
        const range = document.createRange();

        range.selectNodeContents(node);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
    }

    /* Where the clipboard is closed to a page, the text is left selected. */
    async function copy(button, node) {
        try {
            await navigator.clipboard.writeText(node.textContent);
            button.textContent = "Copied";
        } catch (error) {
            select(node);
            button.textContent = document.execCommand("copy")
                ? "Copied" : "Selected: press Ctrl+C";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
    }

    /* ---------------------------------------------------------- the front */

    const columns = () => {
        const goals = napier.data.objectives.map(o => napier.find(o.name));

        return goals.concat(napier.axes.filter(c => !goals.includes(c)));
    };

    function ordered() {
        const rows = Array.from(napier.front).filter(
            i => napier.state.mask[i]);
        const sign = ascending ? 1 : -1;

        rows.sort((a, b) => sign * (sortBy.values[a] - sortBy.values[b])
                            || a - b);
        return rows;
    }

    function addHead(table) {
        const head = table.createTHead().insertRow();

        head.append(napier.element("th", "", "point"));
        columns().forEach(c => {
            const th = napier.element("th", "", c.title + c.arrow);

            th.title = c.help || "";
            th.className = "sortable" + (c === sortBy ? " sorted" : "");
            th.addEventListener("click", () => {
                ascending = sortBy === c ? !ascending : c.goal !== "max";
                sortBy = c;
                showFront();
            });
            head.append(th);
        });
    }

    function showFront() {
        const table = document.getElementById("front");
        const rows = ordered();

        table.replaceChildren();
        addHead(table);
        const body = table.createTBody();

        rows.slice(0, ROWS).forEach(i => {
            const line = body.insertRow();
            const link = napier.element("button", "link", napier.data.id[i]);

            line.dataset.row = i;
            line.insertCell().append(link);
            columns().forEach(c => {
                line.insertCell().textContent = c.format(c.values[i]);
            });
            line.addEventListener("click", () => napier.choose(i));
        });
        document.getElementById("front-note").textContent =
            rows.length > ROWS ? `the first ${ROWS} of `
                                 + d3.format(",")(rows.length) : "";
        markRows();
    }

    function markRows() {
        document.querySelectorAll("#front tbody tr").forEach(line =>
            line.classList.toggle("is-chosen",
                                  +line.dataset.row === napier.state.chosen));
    }

    /* The neighbour on the front, in the order of the table. */
    function step(by) {
        const rows = ordered();
        const at = rows.indexOf(napier.state.chosen);

        if (rows.length)
            napier.choose(rows[(at < 0 ? 0 : at + by + rows.length)
                               % rows.length]);
    }

    function start() {
        napier.listeners.on("chosen.panel", show);
        if (!napier.data.objectives.length)
            return;
        sortBy = columns()[0];
        ascending = sortBy.goal !== "max";
        document.getElementById("before").addEventListener("click",
                                                           () => step(-1));
        document.getElementById("after").addEventListener("click",
                                                          () => step(1));
        showFront();
        napier.listeners.on("mask.panel", showFront);
    }

    return { start };
})();
