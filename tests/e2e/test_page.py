# SPDX-License-Identifier: Apache-2.0
"""The fleet page in a real headless Chromium: every view, hostile names, the address as the state,
both themes, narrow and wide, trouble, and what the page may not do."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import page_server
import pytest

pytest.importorskip("selenium", reason="python3-selenium is not installed")
import page_browser  # noqa: E402
from selenium.common.exceptions import StaleElementReferenceException  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GOLDSEAL_BUILD", ROOT / "build")).resolve()

pytestmark = pytest.mark.skipif(
    not (page_browser.CHROMIUM.exists() and page_browser.DRIVER.exists()),
    reason="chromium and chromium-driver are not installed",
)


@pytest.fixture(scope="module")
def built():
    if not (BUILD / "dashboard" / "main.js").is_file():
        pytest.fail(f"{BUILD}/dashboard/main.js is missing: run make BUILD={BUILD} dashboard")
    return BUILD


@pytest.fixture(scope="module")
def server(built, tmp_path_factory):
    server = page_server.make_server(built, tmp_path_factory.mktemp("page"))
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = page_browser.start_browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture
def page(browser, server):
    server.failure = server.token = None
    page = page_browser.Page(browser, server)
    browser.get(server.url + "/assets/icon.svg")
    browser.execute_script("sessionStorage.clear()")
    page.theme("light")
    page.screen(1280)
    page.complaints()
    return page


def failing(server):
    """An instance that fails, with some findings, and without hostile names."""
    return next(i for i in server.fleet.instances
                if i["uid"] != page_server.HOSTILE_UID and len(i["findings_list"]) >= 3)


VIEWS = {
    "overview": "#/",
    "instances": "#/instances",
    "instance": "#/instances/" + page_server.HOSTILE_UID,
    "images": "#/images",
    "findings": "#/findings",
}


# -- What is shown ------------------------------------------------------------------------------


def test_overview_numbers_link_to_their_lists(page):
    page.open()
    summary = page.server.fleet.summary()
    shown = {
        tile.get_attribute("id"): tile.find_element(By.CSS_SELECTOR, ".value").text
        for tile in page.all(".tile")
    }
    found = summary["findings"]
    assert shown == {
        "tile-instances": str(summary["instances"]),
        "tile-fail": str(summary["verdicts"]["fail"]),
        "tile-warn": str(summary["verdicts"]["warn"]),
        "tile-pass": str(summary["verdicts"]["pass"]),
        "tile-images": str(summary["images"]),
        "tile-findings": str(found["critical"] + found["high"]),
    }
    page.find("#tile-fail").click()
    page.until(lambda: page.hash() == "#/instances?verdict=fail", "the tile leads elsewhere")
    page.settle()
    assert len(page.rows()) == summary["verdicts"]["fail"]
    assert all("fail" in row for row in page.rows())


def test_overview_lists_newest_failing_first(page):
    page.open()
    fails = [i["id"] for i in page.server.fleet.instances if i["verdict"] == "fail"][:8]
    assert page.names()[:len(fails)] == fails


def test_instance_tells_everything(page):
    row = failing(page.server)
    page.open("#/instances/" + row["uid"])
    text = page.text()
    for finding in row["findings_list"]:
        for member in ("title", "path", "expected", "actual", "remedy", "summary", "code"):
            assert finding[member] is None or finding[member] in text
        for path in finding["related"]:
            assert path in text
    assert row["reasons"][0]["text"] in text
    assert "/var/cache/**" in text and "2 entries" in text
    assert len(page.all("section.panel:last-child tbody tr")) == 4
    link = page.find(".attack")
    assert link.get_attribute("href") == "https://attack.mitre.org/techniques/T1543/002/"
    assert "noreferrer" in link.get_attribute("rel")


def test_many_findings_are_shown_in_steps(page):
    row = failing(page.server)
    kept = row["findings_list"]
    row["findings_list"] = [dict(kept[0], path="/tmp/%d" % n) for n in range(250)]
    try:
        page.open("#/instances/" + row["uid"])
        counts = [len(page.all(".finding"))]
        while page.all(".rest button"):
            page.find(".rest button").click()
            counts.append(len(page.all(".finding")))
    finally:
        row["findings_list"] = kept
    assert counts == [100, 200, 250]
    assert "/tmp/249" in page.text() and "Findings (250)" in page.text()


def test_image_of_an_instance_leads_to_its_like(page):
    page.open("#/images")
    page.all("tbody th a")[0].click()
    page.until(lambda: page.hash() == "#/instances?image=debian-12-base%2F20261120.1", "elsewhere")
    page.settle()
    assert len(page.rows()) == min(50, page.server.fleet.images[0]["instances"])
    assert all("20261120.1" in row for row in page.rows())


def test_images_tell_their_standing(page):
    page.open("#/images")
    rows = page.rows()
    assert len(rows) == len(page.server.fleet.images)
    assert "revoked" in next(row for row in rows if "ci-runner" in row)
    assert "expired" in next(row for row in rows if "web-frontend" in row)
    assert "accepted" in rows[0] and "never" in rows[0]


@pytest.mark.parametrize("view", VIEWS)
def test_tables_have_headings(page, view):
    page.open(VIEWS[view])
    assert page.run("""
        const tables = Array.from(document.querySelectorAll('table'));
        return tables.length > 0 && tables.every((t) => t.caption.textContent !== ''
          && Array.from(t.tHead.rows[0].cells).every((c) => c.scope === 'col')
          && Array.from(t.tBodies[0].rows).every((r) => r.querySelector('th[scope=row]')));""")
    assert page.run("return document.querySelectorAll('main h1').length") == 1


# -- Hostile names ------------------------------------------------------------------------------


def visible(text):
    """What the page is to make of hidden characters, told a second time."""
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

    def shown(match):
        code = ord(match[0])
        return short.get(match[0]) or ("\\x%02x" if code < 256 else "\\u{%x}") % code

    return re.sub("[\x00-\x1f\x7f\u202e\u202c\u2066\u200b\ufeff]", shown, text)


def test_the_console_is_heard(page):
    """The control of the next test: what it listens for is heard when it happens."""
    page.open()
    page.run("const s = document.createElement('div'); s.setAttribute('style', 'color:red');"
             "document.body.append(s);"
             "const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/x';"
             "document.body.append(i);")
    heard = []
    page.until(lambda: heard.extend(page.complaints()) or len(heard) >= 2, "nothing was heard")
    assert any("style-src" in message for message in heard)
    assert any("img-src" in message for message in heard)


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_names_are_text(page, view):
    page.open(VIEWS[view])
    page.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    text = page.text()
    assert page_server.IMG in text
    if view in ("instance", "findings"):
        for name in page_server.HOSTILE:
            assert visible(name) in text
        assert {"\\n", "\\x00", "\\x1b", "\\u{202e}", "\\u{200b}"} <= {
            piece.get_attribute("textContent") for piece in page.all("main .escape")}
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\u2066\u200b\ufeff]", text)
    assert page.run("return window.pwned === undefined")
    assert page.all("main img, main script, main iframe, main [onerror], main [style]") == []
    hrefs = page.run("return Array.from(document.links).map((a) => a.getAttribute('href'))")
    allowed = re.compile(r"#main$|#/|https://attack\.mitre\.org/techniques/T\d")
    assert [href for href in hrefs if not allowed.match(href)] == []
    assert page.complaints() == []


def test_hostile_fragments_are_text(page):
    page.open("#/instances?q=" + "%3Cimg%20src%3Dx%20onerror%3D%22window.pwned%3D1%22%3E&image=%FF")
    assert page.find("#filter-q").get_attribute("value") == page_server.IMG
    for fragment in ("#/%3Cscript%3E", "#/instances/%E0%A4%A", "#/instances/../../healthz", "#x"):
        page.go(fragment)
        assert page.find("main h1").text.startswith("No such")
    assert page.run("return window.pwned === undefined")


# -- The address is the state --------------------------------------------------------------------


def test_verdict_filter_changes_the_address_and_survives_reload(page):
    page.open("#/instances")
    page.find("#filter-verdict-warn").click()
    page.until(lambda: page.hash() == "#/instances?verdict=warn", "the address did not change")
    page.settle()
    rows = page.rows()
    assert rows and all("warn" in row for row in rows)
    page.browser.refresh()
    page.settle()
    assert page.hash() == "#/instances?verdict=warn"
    assert len(page.rows()) == len(rows)
    assert page.find("#filter-verdict-warn").get_attribute("aria-current") == "true"


def test_text_filters_add_to_each_other(page):
    page.open("#/instances?verdict=pass")
    page.find("#filter-image").send_keys("web-frontend" + Keys.ENTER)
    page.until(lambda: page.hash() == "#/instances?verdict=pass&image=web-frontend", "no address")
    page.settle()
    rows = page.rows()
    assert rows and all("pass" in row and "web-frontend" in row for row in rows)
    assert page.run("return document.activeElement.id") == "filter-image"
    page.find("#filter-clear").click()
    page.until(lambda: page.hash() == "#/instances", "the filters were not cleared")


def test_nothing_found_says_what_to_do(page):
    page.open("#/instances?q=no-such-id")
    assert "No instance matches." in page.text() and "clear the filters" in page.text()


def test_paging_keeps_filters_and_survives_reload(page):
    page.open("#/instances?verdict=pass")
    first = page.names()
    page.find("#next-page").click()
    page.until(lambda: "cursor=50" in page.hash() and "verdict=pass" in page.hash(), "no cursor")
    page.settle()
    page.until(lambda: page.names() != first, "the second page is the first")
    second = page.names()
    page.browser.refresh()
    page.settle()
    assert page.names() == second
    page.browser.back()
    page.until(lambda: page.hash() == "#/instances?verdict=pass", "back leads elsewhere")
    page.settle()
    page.until(lambda: page.names() == first, "the first page did not come back")


def test_findings_filters(page):
    page.open("#/findings?severity=high&code=tree.changed")
    rows = page.rows()
    assert rows and all("high" in row and "tree.changed" in row for row in rows)


def test_keyboard_walks_rows(page):
    page.open("#/instances")
    links = page.all("tbody th a")
    links[0].send_keys(Keys.ARROW_DOWN)
    assert page.browser.switch_to.active_element == links[1]
    links[1].send_keys("j", Keys.END)
    assert page.browser.switch_to.active_element == links[-1]
    links[-1].send_keys(Keys.ENTER)
    page.until(lambda: re.fullmatch(r"#/instances/[0-9a-f]{32}", page.hash()), "Enter did nothing")
    page.settle()
    page.until(lambda: page.run("return document.activeElement.localName") == "h1", "focus is lost")


def test_skip_link_keeps_the_address(page):
    page.open("#/images")
    page.find("#skip").send_keys(Keys.ENTER)
    assert page.hash() == "#/images"
    assert page.run("return document.activeElement.id") == "main"


# -- Looks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_contrast(page, view, theme):
    page.theme(theme)
    page.open(VIEWS[view])
    ground = page.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 3 * 64) == (theme == "dark")
    ratios = page.run(page_browser.CONTRAST)
    assert len(ratios) > 10
    assert [(key, round(ratio, 2)) for key, ratio in ratios if ratio < 4.5] == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("view", VIEWS)
def test_no_sideways_scrolling(page, view, width):
    page.screen(width)
    page.open(VIEWS[view])
    page.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert page.run(page_browser.WIDER_THAN_PAGE) == []
    assert page.run("return document.documentElement.scrollWidth"
                    " <= document.documentElement.clientWidth")


# -- Tokens, trouble, refreshing -----------------------------------------------------------------


def test_token_of_the_address_is_taken_and_hidden(page):
    page.server.token = page_server.TOKEN
    page.open("#token=" + page_server.TOKEN)
    assert page.find("main h1").text == "Overview"
    assert "token" not in page.run("return location.href")
    page.browser.refresh()
    page.settle()
    assert page.find("main h1").text == "Overview"
    assert all(page_server.TOKEN not in path for path, _ in page.server.requests)
    page.find("#leave").click()
    page.until(lambda: page.all("#token"), "no form after the token was forgotten")
    assert page.run("return sessionStorage.length") == 0


def test_token_form(page):
    page.server.token = page_server.TOKEN
    page.open("#/images")
    field = page.find("#token")
    field.send_keys("nonsense" + Keys.ENTER)
    assert "gs_" in page.find("#token-error").text
    field.clear()
    field.send_keys("gs_wrong" + Keys.ENTER)
    page.until(lambda: "did not accept" in page.find("#token-error").text, "no refusal is told")
    page.find("#token").send_keys(page_server.TOKEN + Keys.ENTER)
    page.until(lambda: page.find("main h1").text == "Images", "the token did not help")
    assert page.hash() == "#/images"


def test_trouble_passes_and_the_page_comes_back(page):
    page.open()
    page.server.failure = 503
    page.find("#refresh").click()
    page.until(lambda: page.find("#banner").is_displayed(), "503 is not told")
    assert "Trying again in" in page.find("#banner").text
    assert page.all(".tile"), "what was there before is gone"
    page.server.failure = None
    page.until(lambda: not page.find("#banner").is_displayed(), "it did not try again")


def test_lasting_trouble_says_what_to_do(page):
    page.server.failure = 403
    page.open("#/findings")
    assert page.find(".trouble").get_attribute("role") == "alert"
    assert "role viewer" in page.text()
    page.server.failure = None
    page.open("#/instances/" + "0" * 32)
    assert page.find("main h1").text == "No such instance (404)"


def test_overview_refreshes_itself_and_keeps_the_focus(page):
    page.open()
    row = failing(page.server)
    fails = int(page.find("#tile-fail .value").text)
    updated = page.find("#updated").text
    assert re.fullmatch(r"Updated \d\d:\d\d:\d\d", updated)
    page.run("document.getElementById('tile-warn').focus()")
    start = time.monotonic()
    row["verdict"] = "warn"
    try:
        WebDriverWait(page.browser, 25, 0.2, [StaleElementReferenceException]).until(
            lambda _: page.find("#tile-fail .value").text == str(fails - 1), "no refresh in 25 s")
    finally:
        row["verdict"] = "fail"
    assert 10 < time.monotonic() - start < 20
    page.settle()
    assert page.run("return document.activeElement.id") == "tile-warn"
    assert page.find("#updated").text > updated
    assert page.run("return document.getElementById('said').textContent").startswith(
        "%d fail" % (fails - 1))


def test_hidden_page_asks_nothing(page):
    page.open()
    page.run("Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
             "document.dispatchEvent(new Event('visibilitychange'))")
    before = len(page.server.requests)
    time.sleep(17)
    assert len(page.server.requests) == before
    page.run("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.until(lambda: len(page.server.requests) > before, "it did not wake up")


# -- Verify it yourself --------------------------------------------------------------------------


def test_downloaded_envelope_verifies_with_the_shown_commands(page, tmp_path):
    row = failing(page.server)
    page.browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    page.open("#/instances/" + row["uid"])
    page.find(".actions button").click()
    name = "evidence-%s.json" % row["evidence"]
    page.until(lambda: (tmp_path / name).is_file(), "nothing was downloaded")
    envelope = json.loads((tmp_path / name).read_text())
    assert envelope["payloadType"] == "application/vnd.in-toto+json"

    signer = page.server.fleet.signer
    (tmp_path / "instance.pub").write_bytes(signer.public.read_bytes())
    commands = page.run("return document.querySelector('.verify pre').textContent")
    run = lambda: subprocess.run(["sh", "-ec", commands], cwd=tmp_path, text=True,  # noqa: E731
                                 capture_output=True, timeout=30)
    result = run()
    assert result.returncode == 0, result.stderr
    said = result.stdout.splitlines()
    assert said == ["Signature Verified Successfully", signer.key_id, signer.key_id]

    envelope["payload"] = "e30="
    (tmp_path / name).write_text(json.dumps(envelope))
    assert run().returncode != 0
    assert page.complaints() == []


def test_another_instances_report_is_not_saved(page, tmp_path):
    """The id of a report is the instance's choice: it may be one that another instance has used."""
    rows = [i for i in page.server.fleet.instances if i["uid"] != page_server.HOSTILE_UID]
    kept, rows[1]["evidence"] = rows[1]["evidence"], rows[0]["evidence"]
    page.browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    try:
        page.open("#/instances/" + rows[1]["uid"])
        page.find(".actions button").click()
        page.until(lambda: "another instance" in page.find(".actions").text, "it is not told")
    finally:
        rows[1]["evidence"] = kept
    assert list(tmp_path.iterdir()) == []


# -- Embedding ----------------------------------------------------------------------------------

DUMP = r"""
#include "assets.h"
#include <stdio.h>
int main(void)
{
	for (size_t i = 0; i < n_assets; i++) {
		printf("%s\n%s\n%s\n%zu\n", assets[i].path, assets[i].type, assets[i].etag, assets[i].size);
		fwrite(assets[i].data, 1, assets[i].size, stdout);
	}
	return 0;
}
"""


def test_embedded_files_are_the_built_ones(built, tmp_path):
    (tmp_path / "dump.c").write_text(DUMP)
    subprocess.run(
        ["cc", "-std=gnu17", "-Wall", "-Werror", "-I", ROOT / "collector", "-o", tmp_path / "dump",
         tmp_path / "dump.c", built / "dashboard" / "assets.c"], check=True)
    left = subprocess.run([tmp_path / "dump"], check=True, capture_output=True).stdout
    table = {}
    while left:
        path, kind, etag, size, left = left.split(b"\n", 4)
        table[path.decode()] = (kind.decode(), etag.decode(), left[:int(size)])
        left = left[int(size):]
    sheets = {p.name for p in (ROOT / "dashboard").glob("*.css")}
    modules = {p.stem for p in (ROOT / "dashboard" / "src").glob("*.ts")}
    assert set(table) == {"/", "/assets/icon.svg"} | {
        f"/assets/{name}.js" for name in modules} | {f"/assets/{name}" for name in sheets}
    page = (page_server.SOURCE / "index.html").read_text()
    assert sheets == set(re.findall(r'href="/assets/([a-z]+\.css)"', page))
    for path, (kind, etag, data) in table.items():
        name = "index.html" if path == "/" else path.removeprefix("/assets/")
        file = next(p for p in (built / "dashboard" / name, page_server.SOURCE / name)
                    if p.is_file())
        assert data == file.read_bytes()
        assert kind == page_server.TYPES[file.suffix]
        assert etag == '"%s"' % page_server.hashlib.sha256(data).hexdigest()[:16]
