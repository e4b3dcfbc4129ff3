"""pictures.py PAGE.html FOLDER - the pictures of the documents from a page.

Parts of the page as a reader sees them, light, 1 device pixel a CSS pixel, in
the 96 colours that pngquant chooses.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
         "--disable-background-networking --disable-component-update "
         "--disable-sync --disable-dev-shm-usage --hide-scrollbars").split()

# Name of the picture: the section that holds this element, the page's width.
PARTS = {"scatter": ("scatter-box", 1280), "layers": ("heat", 1600),
         "parallel": ("parallel-box", 1280), "against": ("against", 1340)}


def start(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument("--user-data-dir=" + folder)
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")),
                            options=options)


def main():
    page, out = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(out, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="napier-chromium-")
    browser = start(folder)
    try:
        browser.get("file://" + page)
        WebDriverWait(browser, 120).until(
            lambda b: b.execute_script("return document.body.dataset.ready"))
        browser.execute_script("document.documentElement.dataset.theme ="
                               "'light'; napier.listeners.call('theme')")
        for name, (element, width) in PARTS.items():
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": 2600, "deviceScaleFactor": 1,
                "mobile": False})
            time.sleep(0.5)             # the page waits for 0.15 s
            part = browser.execute_script(
                "return document.getElementById(arguments[0])"
                ".closest('section')", element)
            browser.execute_script("arguments[0].style.padding = '12px'", part)
            path = "%s/report-%s.png" % (out, name)
            part.screenshot(path)
            subprocess.run(["pngquant", "--force", "--strip", "--output",
                            path, "96", path], check=True)
            print("%s: %d bytes" % (path, os.path.getsize(path)))
    finally:
        browser.quit()
        shutil.rmtree(folder, ignore_errors=True)


main()
