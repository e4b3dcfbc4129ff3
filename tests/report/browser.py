"""browser.py NAPIER OUT - the report's page in a headless Chromium.

Opens pages from file://, moves a mouse over them and compares what they show
with the database itself. Screenshots go to OUT.
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
NAPIER, OUT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
         "--disable-background-networking --disable-component-update "
         "--disable-sync --disable-dev-shm-usage").split()
claims = 0


def claim(true, text):
    global claims
    claims += 1
    if not true:
        raise AssertionError(text)


def start(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument("--user-data-dir=" + folder)
    options.set_capability("goog:loggingPrefs",
                           {"browser": "ALL", "performance": "ALL"})
    service = Service(shutil.which("chromedriver"))
    return webdriver.Chrome(service=service, options=options)


class Page:
    """A page, opened afresh at 1280 x 800."""

    def __init__(self, browser, name):
        self.b, self.name = browser, name
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 1280, "height": 800, "deviceScaleFactor": 1,
            "mobile": False})
        browser.get_log("performance")
        browser.get_log("browser")
        browser.get("about:blank")
        browser.get("file://%s/%s.html" % (OUT, name))
        WebDriverWait(browser, 120).until(
            lambda b: b.execute_script("return document.body.dataset.ready"))

    def js(self, text, *args):
        return self.b.execute_script("return " + text, *args)

    def id(self, name):
        return self.b.find_element(By.ID, name)

    def text(self, name):
        return self.id(name).text

    def at(self, x, y):
        """An action with the mouse at a place of the window."""
        actions = ActionChains(self.b, duration=50)
        actions.w3c_actions.pointer_action.move_to_location(round(x), round(y))
        return actions

    def wait(self, condition, text):
        try:
            WebDriverWait(self.b, 20).until(lambda b: condition())
        except Exception:
            raise AssertionError("%s: %s" % (self.name, text))
        claim(True, text)

    def show(self, name):
        self.js("document.getElementById(arguments[0])"
                ".scrollIntoView({block: 'center'})", name)

    def picture(self, suffix, height=800):
        self.b.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 1280, "height": height, "deviceScaleFactor": 1,
            "mobile": False})
        self.b.save_screenshot("%s/%s%s.png" % (OUT, self.name, suffix))
        self.b.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 1280, "height": 800, "deviceScaleFactor": 1,
            "mobile": False})

    def finish(self):
        """Nothing was asked of any network, nothing went wrong."""
        for entry in self.b.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Network.requestWillBeSent":
                continue
            url = message["params"]["request"]["url"]
            # chrome: is the new tab that the browser itself begins with.
            claim(url.startswith(("file://" + OUT, "data:", "about:",
                                  "chrome:")),
                  "%s asks for %s" % (self.name, url))
        for entry in self.b.get_log("browser"):
            claim(entry["level"] != "SEVERE",
                  "%s: console: %s" % (self.name, entry["message"]))
        claim(self.js("document.documentElement.scrollWidth <= innerWidth"),
              self.name + ": wider than the window")


def database(name):
    db = sqlite3.connect("%s/%s.db" % (OUT, name))
    db.row_factory = sqlite3.Row
    return db


def make(name, *arguments):
    db = "%s/%s.db" % (OUT, name)
    subprocess.run([sys.executable, HERE + "/make_db.py", db, *arguments],
                   check=True)
    return db


def report(source, name, *arguments):
    return subprocess.run([NAPIER, "report", source, "-o", "%s/%s.html"
                           % (OUT, name), *arguments], check=True, cwd=TOP,
                          stdout=subprocess.PIPE, text=True).stdout


def point_of(db, point):
    row = db.execute("SELECT * FROM final WHERE ordinal = ?",
                     [point]).fetchone()
    return dict(row), json.loads(row["settings"])


# ------------------------------------------------------------- one at a time

def choose_by_click(page, db):
    """A click on a point shows its figures, its layers and its YAML."""
    before = page.text("heat"), page.text("yaml")
    row = page.js("napier.front[Math.floor(napier.front.length / 2)]")
    page.show("scatter-box")
    page.at(*page.js("napier.scatter.locate(arguments[0])", row)) \
        .click().perform()
    page.wait(lambda: page.text("heat") != before[0], "heat map unchanged")
    claim(page.text("yaml") != before[1], "YAML unchanged")
    point = page.js("napier.data.id[napier.state.chosen]")
    claim("Point %d" % point in page.text("chosen-name"), "name of the point")
    result, settings = point_of(db, point)
    yaml = page.text("yaml")
    for key, value in settings.items():
        claim("--set %s=%s" % (key, value) in yaml, key + " in the command")
    claim("bits: %d" % settings["accumulator.bits"] in yaml, "bits in YAML")
    figures = page.id("figures").get_attribute("textContent")
    claim("{:,}".format(result["cycles"]) in figures, "cycles in the figures")
    layers = db.execute("SELECT * FROM layer WHERE result_id = ? "
                        "ORDER BY position", [result["id"]]).fetchall()
    rows = page.b.find_elements(By.CSS_SELECTOR, "#heat tbody tr")
    claim(len(rows) == len(layers), "a row a layer")
    for shown, layer in zip(rows, layers):
        claim(layer["name"] in shown.text, "name of the layer")
        claim("{:,}".format(layer["overflows"]) in shown.text, "overflows")
        claim("%.4g" % layer["sqnr_db"] in shown.text, "SQNR: " + shown.text)
    return point


def hover(page, db):
    row = page.js("napier.front[1]")
    page.show("scatter-box")
    page.at(*page.js("napier.scatter.locate(arguments[0])", row)).perform()
    page.wait(lambda: page.id("tip").is_displayed(), "no tooltip")
    tip = page.text("tip")
    point = int(tip.split()[1])
    result, settings = point_of(db, point)
    claim("%g" % result["accuracy"] in tip, "accuracy in: " + tip)
    for key, value in settings.items():
        claim(key in tip and str(value) in tip, key + " in: " + tip)
    page.picture("-hover")


def zoom(page):
    """The wheel zooms both axes, a drag moves both, the button goes back."""
    def ticks():
        return [page.b.find_element(By.CSS_SELECTOR, "#scatter-over " + axis)
                .text for axis in (".axis-x", ".axis-y")]

    def both_changed(before):
        return all(a != b for a, b in zip(before, ticks()))

    first = ticks()
    box = page.id("scatter-box")
    page.show("scatter-box")
    ActionChains(page.b).scroll_from_origin(
        ScrollOrigin.from_element(box, 0, 0), 0, -400).perform()
    page.wait(lambda: float(box.get_attribute("data-scale")) > 1.2, "no zoom")
    claim(both_changed(first), "ticks stay when zoomed")
    before = page.js("napier.scatter.locate(0)")
    ActionChains(page.b).move_to_element(box).click_and_hold() \
        .move_by_offset(90, 60).release().perform()
    page.wait(lambda: page.js("napier.scatter.locate(0)") !=
              before, "no move by a drag")
    page.picture("-zoom")
    page.id("zoom-reset").click()
    page.wait(lambda: ticks() == first, "no reset")


def brush(page, db):
    """A drag along weight.bits from above 8 to between 6 and 5."""
    page.show("parallel-box")
    axis = page.b.find_element(By.CSS_SELECTOR,
                               '[data-column="weight.bits"]')
    ticks = {t.text: t.rect for t in axis.find_elements(By.CSS_SELECTOR,
                                                        ".tick")}
    place = page.js("(() => { const t = document.querySelector("
                    "'[data-column=\"weight.bits\"] .domain')"
                    ".getBoundingClientRect(); return t.right; })()")
    claim(set(ticks) >= {"5", "6", "8"}, "ticks of weight.bits")
    middle = {k: page.js("(() => { for (const t of document.querySelectorAll("
                         "'[data-column=\"weight.bits\"] .tick')) if ("
                         "t.textContent === arguments[0]) { const r = "
                         "t.querySelector('line').getBoundingClientRect();"
                         "return r.top; } })()", k) for k in ("5", "6", "8")}
    actions = ActionChains(page.b, duration=80)
    pointer = actions.w3c_actions.pointer_action
    pointer.move_to_location(round(place), round(middle["8"] - 6))
    pointer.pointer_down()
    pointer.move_to_location(round(place), round(middle["6"]))
    pointer.move_to_location(round(place),
                             round((middle["5"] + middle["6"]) / 2))
    pointer.pointer_up()
    actions.perform()
    expected = db.execute(
        "SELECT count(*) FROM final WHERE json_extract(settings, "
        "'$.\"weight.bits\"') >= 6").fetchone()[0]
    total = db.execute("SELECT count(*) FROM final").fetchone()[0]
    page.wait(lambda: "{:,} of {:,} points pass".format(expected, total)
              in page.text("parallel-note"),
              "brushed to %d: %s" % (expected, page.text("parallel-note")))
    bits = [c.text for c in page.b.find_elements(
        By.CSS_SELECTOR, "#front tbody td:nth-child(5)")]
    claim(bits and set(bits) <= {"6", "7", "8"}, "front table is brushed")
    page.picture("-brush")
    page.id("brush-clear").click()
    page.wait(lambda: "{:,} of {:,}".format(total, total)
              in page.text("parallel-note"), "brush not cleared")


def axes(page, db):
    page.show("scatter-box")
    Select(page.id("pick-x")).select_by_visible_text("cycles")
    Select(page.id("pick-colour")).select_by_visible_text("weight.bits")
    page.id("log-x").click()
    claim("cycles" in page.b.find_element(
        By.CSS_SELECTOR, ".title-x").text, "title of the axis")
    claim("weight.bits" in page.text("scatter-legend"), "legend")
    before = page.text("chosen-name")
    page.show("against")
    page.b.find_element(By.CSS_SELECTOR, ".marks circle").click()
    page.wait(lambda: page.text("chosen-name") != before, "no choice by axis")
    point = page.js("napier.data.id[napier.state.chosen]")
    _, settings = point_of(db, point)
    least = db.execute(
        "SELECT max(accuracy) FROM final WHERE json_extract(settings, "
        "'$.\"weight.bits\"') = 2").fetchone()[0]
    claim(settings["weight.bits"] == 2 and point_of(db, point)[0]["accuracy"]
          == least, "the best point at weight.bits = 2")
    name = page.text("chosen-name")
    page.show("after")
    page.id("after").click()
    page.wait(lambda: page.text("chosen-name") != name, "no next on the front")


def themes(page):
    colours = []
    for _ in range(2):
        page.id("theme").click()
        colours.append(page.js(
            "getComputedStyle(document.body).backgroundColor"))
        page.picture("-" + page.js("document.documentElement.dataset.theme"),
                     page.js("document.documentElement.scrollHeight"))
    claim(len(set(colours)) == 2, "light and dark are one")


def copies(page):
    """Copy, then run what was copied: the same machine, the same program."""
    button = page.b.find_element(By.CSS_SELECTOR, "#yaml button.copy")
    page.js("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    page.wait(lambda: button.text in ("Copied", "Selected: press Ctrl+C"),
              "copy says nothing")
    blocks = dict(zip(
        [e.text for e in page.b.find_elements(By.CSS_SELECTOR, "#yaml h3")],
        page.js("Array.from(document.querySelectorAll('#yaml pre'),"
                "e => e.textContent)")))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(TOP + "/configs", folder + "/configs")
        os.symlink(TOP + "/data", folder + "/data")
        for name, text in blocks.items():
            if name != "Command":
                with open("%s/configs/designs/%s" % (folder, name), "w") as f:
                    f.write(text)
        design = [n for n in blocks if n.endswith(".yaml")
                  and "hardware" not in n][0]
        ran = []
        for command in (blocks["Command"].rstrip("\n"),
                        "napier run configs/designs/" + design):
            subprocess.run(command.replace("napier", NAPIER, 1)
                           + " --images 1 --json run.json", shell=True,
                           check=True, cwd=folder, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            ran.append(json.load(open(folder + "/run.json")))
        for key in ("hardware_digest", "program_digest", "output_digest"):
            claim(ran[0][key] == ran[1][key], "YAML and command differ in "
                  + key)
        claim(ran[0]["program_digest"], "a program")


def sweep_page(browser):
    db = database("sweep")
    page = Page(browser, "sweep")
    count = db.execute("SELECT count(DISTINCT point_id) FROM front").fetchone()
    claim(page.js("napier.front.length") == count[0], "front of the database")
    choose_by_click(page, db)
    hover(page, db)
    zoom(page)
    brush(page, db)
    axes(page, db)
    copies(page)
    themes(page)
    page.finish()


# ------------------------------------------------------------- other pages

def design_page(browser):
    """Axes of the design file, words and truths among them."""
    page = Page(browser, "design")
    page.js("napier.choose(napier.data.id.length - 1)")
    yaml = page.text("yaml")
    claim("power_of_two: true" in yaml, "a truth in YAML")
    claim("--set activation.bits=6" in yaml and "bits: 6" in yaml
          and "equalize: true" in yaml, "what the sweep sets for all points")
    copies(page)
    page.finish()


def hostile_page(browser):
    """Markup in names stays text."""
    page = Page(browser, "hostile")
    claim(page.text("title") == "Sweep <b>hostile</b>&{{data}}", "title")
    page.show("scatter-box")
    page.at(*page.js("napier.scatter.locate(napier.front[0])")).click() \
        .perform()
    claim("<img src=x onerror=alert(2)>" in page.id("front").get_attribute(
        "textContent"), "a value with markup")
    claim(page.js("document.images.length") == 0, "an image appeared")
    claim(page.js("document.scripts.length") == 3, "a script appeared")
    page.finish()


def big_page(browser):
    page = Page(browser, "big")
    claim(page.js("napier.count") == 100000, "all points are there")
    drawn = page.text("parallel-note").split("; ")[1].split()[0]
    claim(3000 <= int(drawn.replace(",", "")) < 6000, "lines: " + drawn)
    row = page.js("napier.front[0]")
    page.at(*page.js("napier.scatter.locate(arguments[0])", row)) \
        .click().perform()
    claim(page.js("napier.isFront[napier.state.chosen]") == 1, "a click")
    claim(page.b.find_elements(By.CSS_SELECTOR, "#heat tbody tr"),
          "a point of the front keeps its layers")
    page.picture("")
    page.finish()


def run_page(browser):
    run = json.load(open(OUT + "/run.json"))
    page = Page(browser, "run")
    rows = page.b.find_elements(By.CSS_SELECTOR, "#heat tbody tr")
    claim(len(rows) == len(run["layers"]), "a row a layer")
    for shown, layer in zip(rows, run["layers"]):
        claim(layer["name"] in shown.text and
              "{:,}".format(layer["overflows"]) in shown.text, "overflows")
    cells = page.b.find_elements(By.CSS_SELECTOR, ".channel")
    claim(len(cells) == sum(len(l["channel_overflows"])
                            for l in run["layers"] if l["macs"] > 0),
          "a box a channel")
    claim("{:,}".format(run["cycles"]) in page.text("figures"), "cycles")
    page.picture("", page.js("document.documentElement.scrollHeight"))
    page.finish()


def front_is_right():
    """The front in the database against comparing every pair, here."""
    db = database("sweep")
    rows = db.execute("SELECT point_id, -accuracy, energy_uj, cycles "
                      "FROM final").fetchall()
    values = [tuple(r)[1:] for r in rows]
    unique = set(values)
    best = {v for v in unique if not any(
        u != v and all(a <= b for a, b in zip(u, v)) for u in unique)}
    expected = {r[0] for r in rows if tuple(r)[1:] in best}
    kept = {r[0] for r in db.execute("SELECT point_id FROM front")}
    claim(kept == expected, "front of the database: %d, not %d points"
          % (len(kept), len(expected)))


def main():
    os.makedirs(OUT, exist_ok=True)
    report(make("sweep"), "sweep")
    front_is_right()
    report(make("design", "0", "design"), "design")
    report(make("hostile", "500", "hostile"), "hostile")
    report(make("big", "100000", "timing"), "big")
    subprocess.run([NAPIER, "run", "configs/designs/digits_w8a8.yaml",
                    "--images", "50", "--set", "accumulator.bits=14",
                    "--json", OUT + "/run.json"], check=True, cwd=TOP,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    report(OUT + "/run.json", "run")
    folder = tempfile.mkdtemp(prefix="napier-chromium-")
    browser = start(folder)
    try:
        for check in (sweep_page, design_page, hostile_page, run_page,
                      big_page):
            check(browser)
            print("report: %s holds" % check.__name__, flush=True)
    finally:
        browser.quit()
        shutil.rmtree(folder, ignore_errors=True)
    print("report: %d claims about pages in Chromium hold" % claims)


main()
