"""Firefox and WebKit, controlled with WebDriver.

A browser that is not there is skipped, and says so; in CI that is a failure. WebKit has
a driver of its own, Firefox the socket behind geckodriver, which Debian does not have.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import venv

import pytest

from pages import serve

NEEDS = {"firefox": ["firefox"], "webkit": ["WebKitWebDriver", "Xvfb"]}
# Milliseconds: what takes that long has failed, however busy the machine is.
PATIENCE = {"script": 180_000, "pageLoad": 180_000}

# Each page begins without the bets of the one before, and keeps what goes wrong: not
# that the next page, which Firefox fetches ahead, may not be kept.
FIRST = """<script>
localStorage.clear();
wrong = [];
for (const kind of ["error", "unhandledrejection"])
  addEventListener(kind, ({ message, reason, target }) =>
    target.rel !== "next" &&
      wrong.push(message || `${reason || target.outerHTML}`), true);
</script>"""


@contextlib.contextmanager
def firefox(home):
    (home / "user.js").write_text('user_pref("marionette.port", 0);')  # a free one
    with running("firefox", "--headless", "--marionette", "--profile", home):
        port = once(lambda: int((home / "MarionetteActivePort").read_text()))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            stream = connection.makefile("rwb")

            def read():
                size = b"".join(iter(lambda: stream.read(1), b":"))
                return json.loads(stream.read(int(size)))

            def send(command, **parameters):
                text = json.dumps([0, 0, f"WebDriver:{command}", parameters])
                stream.write(f"{len(text)}:{text}".encode())
                stream.flush()
                *_, error, result = read()
                assert not error, error
                return result.get("value")

            read()  # its greeting
            send("NewSession")
            send("SetTimeouts", **PATIENCE)
            yield send


@contextlib.contextmanager
def webkit(home):
    paths = {"Navigate": "url", "ExecuteScript": "execute/sync"}
    paths["PerformActions"] = "actions"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def post(path, parameters):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/session{path}",
            json.dumps(parameters).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)["value"]

    with running("Xvfb", "-displayfd", "1") as screen:
        environment = {
            "DISPLAY": f":{screen.stdout.readline().decode().strip()}",
            # The sandbox starts neither for root nor in a container.
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
        }
        with running("WebKitWebDriver", f"--port={port}", **environment):
            once(lambda: socket.create_connection(("127.0.0.1", port)).close())
            session = post("", {"capabilities": {}})["sessionId"]
            post(f"/{session}/timeouts", PATIENCE)
            yield lambda command, **parameters: post(
                f"/{session}/{paths[command]}", parameters
            )


@contextlib.contextmanager
def running(*command, **environment):
    with subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def once(ready):
    """What this gives when the browser has started, or its error after minutes."""
    for _ in range(1800):
        try:
            return ready()
        except (FileNotFoundError, ConnectionError, ValueError):
            time.sleep(0.1)
    return ready()


class Engine:
    """A browser on the pages of the book, told what to do by WebDriver's commands."""

    def __init__(self, send, site):
        self.send, self.site = send, site

    def open(self, path):
        self.send("Navigate", url=self.site + path)

    def run(self, script, *arguments):
        return self.send("ExecuteScript", script=script, args=arguments)

    def part(self, place, script):
        """What a script says of a live part."""
        part = "const part = document.querySelectorAll('[live]')[arguments[0]];"
        return self.run(part + script, place)

    def read(self, place, selector, words):
        """The text of something in a live part, once it has these words."""
        seen = f"""return new Promise((resolve) => {{
            const look = () => {{
                const {{ textContent }} = part.querySelector(`{selector}`);
                if (textContent.includes(`{words}`)) resolve(textContent);
                else requestAnimationFrame(look);
            }};
            look();
        }})"""
        return self.part(place, seen)

    def press(self, place, selector, key):
        """Presses a key on something in a live part."""
        self.part(place, f"part.querySelector(`{selector}`).focus()")
        self.type(key)

    def type(self, key):
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": keys}
        self.send("PerformActions", actions=[keyboard])


@pytest.fixture(scope="module", params=[firefox, webkit], ids=lambda run: run.__name__)
def engine(request, tmp_path_factory):
    name = request.param.__name__
    missing = [need for need in NEEDS[name] if not shutil.which(need)]
    if missing:
        assert "CI" not in os.environ, f"missing: {missing}"
        pytest.skip(f"no {' and no '.join(missing)}: {name} was not tried")
    with serve(FIRST) as site, request.param(tmp_path_factory.mktemp(name)) as send:
        yield Engine(send, site)


@pytest.fixture
def python(tmp_path):
    """Runs Python, or a module of it, in an environment of its own."""
    venv.create(tmp_path / "venv", with_pip=True)
    program = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")

    def run(*words, cwd=tmp_path):
        command = [program / "python", *words]
        quick = os.environ | {"PIP_NO_COMPILE": "1"}
        done = subprocess.run(
            command, cwd=cwd, env=quick, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def nbval(python):
    """Runs notebooks there, against what they have stored."""

    def run(*notebooks, cwd):
        python("-m", "pip", "install", "--quiet", "nbval", "ipykernel")
        command = ["-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
        return python(*command, *notebooks, cwd=cwd)

    return run
