"""What to hand to systemd or cron, so that a crawl runs by itself; printed, never installed."""

import shlex
from pathlib import Path

SERVICE = """\
# ~/.config/systemd/user/newstrace.service
[Unit]
Description=newstrace: crawl what is due, then link
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
{environment}ExecStart={command}
# 3: monitors failed, which stays a failure to be seen; 75: another run holds the lock, and 130: it was
# told to stop, which are none
SuccessExitStatus=75 130
Nice=10

# ~/.config/systemd/user/newstrace.timer
[Unit]
Description=newstrace, every quarter of an hour

[Timer]
OnCalendar=*:0/15
RandomizedDelaySec=60
# what was missed while the machine slept is made up for
Persistent=true

[Install]
WantedBy=timers.target

# then: systemctl --user daemon-reload && systemctl --user enable --now newstrace.timer
"""


def systemd(program: Path, db: Path, settings: dict[str, str]) -> str:
    """A service and its timer; `settings` are the environment variables a run needs."""
    command = " ".join(_unit_quoted(word) for word in _command(program, db))
    lines = "".join(f"Environment={_unit_quoted(f'{name}={value}')}\n" for name, value in settings.items())
    return SERVICE.format(command=command, environment=lines)


def cron(program: Path, db: Path, settings: dict[str, str]) -> str:
    """Lines for `crontab -e`: a crawl, and a report each morning; cron mails what they print to MAILTO."""
    told = [str(program), "--db", str(db), "report", "--since", "1d", "--quiet"]
    crawl, report = (shlex.join(words).replace("%", r"\%") for words in (_command(program, db), told))
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    return f"{lines}*/15 * * * * {crawl}\n0 7 * * * {report}\n"


def _command(program: Path, db: Path) -> list[str]:
    return [str(program), "--db", str(db), "crawl", "--due", "--monitor", "--minutes", "14"]


def _unit_quoted(word: str) -> str:
    """A word as a systemd unit takes it: `%` doubled, quoted where it must be (systemd.syntax)."""
    word = word.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{word}"' if any(c.isspace() or c in "\"'\\" for c in word) else word
