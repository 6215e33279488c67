"""Web pages in a real browser that try to create resources in the local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chromium import needs_chromium, running_browser, served_page
from tests.localcloud.localstack.access.attack_results import attack_resources

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import Browser

    from tests.localcloud.localstack.running import Running

pytestmark = needs_chromium

REBOUND = "rebound.example"
"""Host name of a page that resolves to this machine (DNS rebinding)."""

PAGE = """
<!doctype html>
{head}
<iframe name="sink"></iframe>
<form method="post" action="{api}/" target="sink">
  <input name="Action" value="CreateTopic"><input name="Version" value="2010-03-31">
  <input name="Name" value="attack-form">
</form>
<script>
  const topic = (name) => `{api}/?Action=CreateTopic&Version=2010-03-31&Name=attack-${{name}}`;
  const loaded = (element, parent = document.body) => new Promise((done) => {{
    element.onload = element.onerror = done;
    parent.append(element);
  }});
  const make = (kind, fields) => Object.assign(document.createElement(kind), fields);
  const form = document.forms[0];
  const body = new URLSearchParams(new FormData(form));
  body.set("Name", "attack-fetch");
  const beacon = new URLSearchParams(body);
  beacon.set("Name", "attack-beacon");
  const parameter = JSON.stringify({{ Name: "attack-cors", Value: "x", Type: "String" }});
  const json = {{ "X-Amz-Target": "AmazonSSM.PutParameter", "Content-Type": "application/x-amz-json-1.1" }};
  window.tried = async () => {{
    navigator.sendBeacon("{api}/", beacon);
    const sent = new Promise((done) => {{ document.querySelector("iframe").onload = done; form.submit(); }});
    await Promise.allSettled([
      sent,
      loaded(make("img", {{ src: topic("image") }})),
      loaded(make("script", {{ src: topic("script") }})),
      loaded(make("link", {{ rel: "stylesheet", href: topic("style") }}), document.head),
      loaded(make("iframe", {{ src: topic("frame") }})),
      fetch("{api}/", {{ method: "POST", mode: "no-cors", body }}),
      fetch(topic("get"), {{ mode: "no-cors", credentials: "include", referrerPolicy: "no-referrer" }}),
      fetch("{api}/attack-bucket", {{ method: "PUT" }}),
      fetch("{api}/", {{ method: "POST", headers: json, body: parameter }}),
      new Promise((done) => {{
        const socket = new WebSocket(topic("websocket").replace("http", "ws"));
        socket.onopen = socket.onerror = socket.onclose = done;
      }}),
    ]);
  }};
</script>
"""


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    with running_browser(f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1") as browser:
        yield browser


def attack(browser: Browser, host: str, port: int) -> None:
    """Open the page under a host name, and wait until it has tried everything."""
    page = browser.new_page()
    page.goto(f"http://{host}:{port}/")
    page.evaluate("tried()")
    page.close()


@pytest.mark.parametrize("page_host", ["127.0.0.1", "localhost", REBOUND])
@pytest.mark.parametrize("api_host", ["127.0.0.1", "localhost", REBOUND])
def test_a_page_of_another_origin_creates_nothing(
    localstack: Running, browser: Browser, page_host: str, api_host: str
) -> None:
    # Without the guard, the fetch without a referrer creates a topic from each page and host name.
    with served_page(PAGE.format(api=f"http://{api_host}:{localstack.port}", head="")) as port:
        attack(browser, page_host, port)

    assert attack_resources(localstack) == set()


@pytest.mark.parametrize("api_host", ["127.0.0.1", "localhost", REBOUND])
def test_a_page_that_sends_no_referrer_at_all_creates_nothing(
    localstack: Running, browser: Browser, api_host: str
) -> None:
    # With this policy a form sends `Origin: null` (Fetch standard, "Append a request `Origin` header").
    policy = '<meta name="referrer" content="no-referrer">'
    with served_page(PAGE.format(api=f"http://{api_host}:{localstack.port}", head=policy)) as port:
        attack(browser, "127.0.0.1", port)

    assert attack_resources(localstack) == set()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", REBOUND])
def test_an_opened_url_creates_nothing(localstack: Running, browser: Browser, host: str) -> None:
    # A page with a rebound host name can do this at will, because it has the same origin.
    base = f"http://{host}:{localstack.port}"
    page = browser.new_page()

    response = page.goto(f"{base}/?Action=CreateTopic&Version=2010-03-31&Name=attack-opened")

    assert response is not None
    assert response.status == 403
    status = page.evaluate("fetch('/_localstack/health').then((answer) => answer.status)")
    page.close()
    assert status == 403
    assert attack_resources(localstack) == set()
