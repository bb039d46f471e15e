# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium with the fleet page in it, and what the tests ask of it."""

from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync"""
WAIT_S = 15

# The contrast of each piece of visible text with what is really behind it (WCAG 2.1, 1.4.3).
CONTRAST = """
const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => {
  const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const ground = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const color = parse(getComputedStyle(e).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color;
  }
  return [255, 255, 255];
};
const seen = new Map();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, e = node.parentElement;
  if (!node.data.trim() || !e.checkVisibility() || e.closest('.unseen, noscript')) continue;
  const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const key = e.localName + '.' + e.className;
  if (!seen.has(key) || seen.get(key) > ratio) seen.set(key, ratio);
}
return Array.from(seen);
"""

WIDER_THAN_PAGE = """
const width = document.documentElement.clientWidth;
return Array.from(document.querySelectorAll('main *'))
  .filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest('.unseen, thead, pre'))
  .map((e) => e.outerHTML.slice(0, 120)).slice(0, 5);
"""


class Page:
    """A browser with the page in it."""

    def __init__(self, browser, server):
        self.browser, self.server = browser, server

    def open(self, fragment="#/"):
        self.browser.get("about:blank")
        self.browser.get(self.server.url + "/" + fragment)
        self.settle()

    def go(self, fragment):
        self.browser.execute_script("location.hash = arguments[0]", fragment)
        self.settle()

    def until(self, condition, what):
        # What is looked at may be drawn anew in between.
        wait = WebDriverWait(self.browser, WAIT_S, 0.05, [StaleElementReferenceException])
        return wait.until(lambda _: condition(), what)

    def settle(self):
        """Until the view of the present address is there."""
        self.until(
            lambda: self.run(
                "return document.readyState === 'complete' && !document.querySelector('.loading')"
                " && document.getElementById('main').getAttribute('aria-busy') === 'false'"
            ),
            "the view never came",
        )

    def run(self, script, *args):
        return self.browser.execute_script(script, *args)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self):
        return self.run("return document.getElementById('main').textContent")

    def hash(self):
        return self.run("return location.hash")

    def rows(self):
        """The text of each row, all read at once."""
        return self.run("return Array.from(document.querySelectorAll('main tbody tr'))"
                        ".map((row) => row.innerText)")

    def names(self):
        """What names each row."""
        return self.run("return Array.from(document.querySelectorAll('main tbody th'))"
                        ".map((cell) => cell.textContent)")

    def complaints(self):
        """What the console holds by now: errors, warnings, violations of the policy."""
        return [entry["message"] for entry in self.browser.get_log("browser")]

    def screen(self, width, height=900):
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def theme(self, name):
        self.browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": name}]},
        )


def start_browser(profile):
    """A browser that keeps what its console says; the caller quits it."""
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.add_argument("--user-data-dir=%s" % profile)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(str(DRIVER)), options=options)
