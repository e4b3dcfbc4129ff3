/*
 * main.js - starts the charts, in the order of the page.
 */
"use strict";

(function () {
    const { data } = napier;

    function showHead() {
        const goals = data.objectives.map(o => `${o.name} ${o.goal}`);

        document.title = data.title + " · Napier";
        document.getElementById("title").textContent = data.title;
        document.getElementById("summary").textContent = data.summary
            + (goals.length ? " · objectives: " + goals.join(", ") : "");
        data.notes.forEach(text => document.getElementById("notes")
            .append(napier.element("p", "note", text)));
        data.provenance.forEach(([key, value]) => {
            const row = document.getElementById("provenance").insertRow();

            row.append(napier.element("th", "", key),
                       napier.element("td", "", value));
        });
    }

    /* Light or dark as the system says, until the button says otherwise. */
    function watchTheme() {
        const changed = () => napier.listeners.call("theme");

        document.getElementById("theme").addEventListener("click", () => {
            document.documentElement.dataset.theme =
                napier.isDark() ? "light" : "dark";
            changed();
        });
        matchMedia("(prefers-color-scheme: dark)")
            .addEventListener("change", changed);
    }

    function watchSize() {
        let timer = 0, width = innerWidth;

        addEventListener("resize", () => {
            if (innerWidth === width)
                return;
            width = innerWidth;
            clearTimeout(timer);
            timer = setTimeout(() => napier.listeners.call("size"), 150);
        });
    }

    /* The point of the address, else the front's best by its first goal. */
    function firstPoint() {
        const match = /^#point=(\d+)$/.exec(location.hash);
        const row = match ? data.id.indexOf(+match[1]) : -1;

        if (row >= 0 || !napier.front.length)
            return Math.max(row, 0);
        const goal = napier.find(data.objectives[0].name);

        return napier.front.reduce((best, i) =>
            goal.isBetter(goal.values[i], goal.values[best]) ? i : best);
    }

    function start() {
        showHead();
        if (!napier.isRun) {
            napier.show("sweep-part");
            napier.show("front-part");
            napier.scatter.start();
            napier.parallel.start();
            napier.against.start();
        } else {
            document.body.classList.add("is-run");
        }
        napier.bars.start();
        napier.chosen.start();
        napier.layers.start();
        napier.choose(firstPoint());
        watchTheme();
        watchSize();
        document.body.dataset.ready = "yes";
    }

    start();
})();
