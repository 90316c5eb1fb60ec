"""At a terminal: what is asked, and that a typed token is not shown. A pseudo-terminal stands for the user's."""

import os
import pty
import re
import select
import stat
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 60.0
TOKEN = "admin-token"


@pytest.fixture(scope="module")
def binary() -> str:
    path = os.environ.get("JIRA_FEEDS_BINARY")
    if not path:
        pytest.exit("JIRA_FEEDS_BINARY names no program; run `make interop`", returncode=2)
    return path


@pytest.fixture(scope="module")
def site(binary: str) -> Iterator[str]:
    command = [binary, "sandbox", "--issues", "5", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        try:
            yield serving.stdout.readline().split()[-1].rstrip("/")
        finally:
            serving.terminate()


class Terminal:
    """A process at a terminal of its own, and everything that the terminal has shown."""

    def __init__(self, folder: Path, *command: str) -> None:
        self.shown = ""
        self.process, self.screen = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            environment = {name: value for name, value in os.environ.items() if not name.startswith("JIRA_FEEDS")}
            environment |= {"HOME": str(folder), "JIRA_FEEDS_CONFIG_DIR": str(folder / "user")}
            os.execve(command[0], command, environment)

    def sees(self, text: str) -> None:
        """Waits until something new is shown that holds `text`."""
        start, deadline = len(self.shown), time.monotonic() + PATIENCE
        while text not in self.shown[start:]:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} was not shown in {self.shown!r}"
            assert self.read(left) or text in self.shown[start:], f"it ended without {text!r}: {self.shown!r}"

    def hides(self) -> None:
        """Waits until the terminal no longer shows what is typed."""
        deadline = time.monotonic() + PATIENCE
        while termios.tcgetattr(self.screen)[3] & termios.ECHO:
            assert time.monotonic() < deadline, "the terminal still shows what is typed"
            time.sleep(0.01)

    def read(self, patience: float) -> bool:
        """Takes in what is shown next; false when there will be nothing more."""
        if not select.select([self.screen], [], [], patience)[0]:
            return True
        try:
            data = os.read(self.screen, 4096)
        except OSError:  # Linux says so when the other side is gone.
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)

    def types(self, line: str) -> None:
        os.write(self.screen, f"{line}\n".encode())

    def ends(self) -> int:
        """Waits for the end; the exit code, or the negative number of the signal."""
        while self.read(PATIENCE):
            pass
        _, status = os.waitpid(self.process, 0)
        os.close(self.screen)
        return os.waitstatus_to_exitcode(status)


def asks_for_a_token(binary: str, site: str, folder: Path) -> Terminal:
    terminal = Terminal(folder, binary, "credential", "add", "acme")
    terminal.sees("Site (")
    terminal.types("acme")
    terminal.sees("https://acme.atlassian.net")  # What is right is said, and the question asked again.
    terminal.types(f"{site}/")
    terminal.sees("E-mail")
    terminal.types("admin@sandbox.example")
    terminal.sees("what for")
    terminal.types("Typed by hand")
    terminal.sees("Last day")
    terminal.types("soon")
    terminal.sees("as in 2027-11-25")
    terminal.types("2027-11-25")
    terminal.sees("API token (typed unseen)")
    terminal.hides()
    return terminal


def test_a_login_is_asked_for_and_the_token_is_never_shown(binary: str, site: str, tmp_path: Path) -> None:
    terminal = asks_for_a_token(binary, site, tmp_path)
    assert "https://id.atlassian.com/manage-profile/security/api-tokens" in terminal.shown
    assert "Browse projects" in terminal.shown
    terminal.types(TOKEN)
    assert terminal.ends() == 0
    assert "Saved `acme`" in terminal.shown and "Ada Admin" in terminal.shown
    assert "Typed by hand" in terminal.shown, "the terminal shows what is typed, so a token would be seen"
    assert TOKEN not in terminal.shown
    [token] = (tmp_path / "user" / "credentials").glob("*.token")
    assert token.read_text() == TOKEN
    assert stat.S_IMODE(token.stat().st_mode) == 0o600


def test_a_token_is_rotated_and_a_credential_removed_by_hand(binary: str, site: str, tmp_path: Path) -> None:
    terminal = asks_for_a_token(binary, site, tmp_path)
    terminal.types(TOKEN)
    assert terminal.ends() == 0

    terminal = Terminal(tmp_path, binary, "credential", "rotate", "acme")
    terminal.sees("Last day")
    terminal.types("")
    terminal.sees("API token (typed unseen)")
    terminal.hides()
    terminal.types(TOKEN)
    assert terminal.ends() == 0
    assert TOKEN not in terminal.shown

    for answer, code in [("", 2), ("n", 2), ("y", 0)]:
        terminal = Terminal(tmp_path, binary, "credential", "remove", "acme")
        terminal.sees("[y/N]")
        terminal.types(answer)
        assert terminal.ends() == code, terminal.shown
    assert not list((tmp_path / "user" / "credentials").glob("acme*"))


def test_an_interrupted_question_saves_nothing_and_gives_the_terminal_back(
    binary: str, site: str, tmp_path: Path
) -> None:
    add = f"{binary} credential add acme --url {site} --username a@b.c --description mine"
    shell = Terminal(tmp_path, "/bin/sh", "-c", f"{add}; echo exit code $?; stty -a")
    shell.sees("Last day")
    shell.types("")
    shell.sees("API token (typed unseen)")
    shell.hides()
    os.write(shell.screen, b"half-a-tok\x03")
    assert shell.ends() == 0
    assert "exit code 130" in shell.shown
    assert "half-a-tok" not in shell.shown
    assert not list(tmp_path.glob("user/credentials/*.token"))
    assert re.search(r"(?<!-)\becho\b", shell.shown), "the terminal shows again what is typed"
    assert not re.search(r"-echo\b", shell.shown)
