from pathlib import Path

from crawler.schedule import cron, systemd

PROGRAM, DB = Path("some tools/newstrace"), Path("data/100%/n.db")


def test_systemd_catches_up_and_takes_odd_paths():
    text = systemd(PROGRAM, DB, {"NEWSTRACE_CONTACT": "desk@quarry.example"})
    assert "Persistent=true" in text
    assert 'ExecStart="some tools/newstrace" --db data/100%%/n.db crawl --due --monitor' in text
    assert "Environment=NEWSTRACE_CONTACT=desk@quarry.example" in text


def test_a_cron_line_escapes_what_cron_takes_for_a_newline():
    lines = cron(PROGRAM, DB, {"NEWSTRACE_CONTACT": "desk@quarry.example"}).splitlines()
    assert lines[0] == "NEWSTRACE_CONTACT=desk@quarry.example"
    assert lines[1].startswith("*/15 * * * * 'some tools/newstrace' --db data/100\\%/n.db crawl --due")
    assert lines[2] == "0 7 * * * 'some tools/newstrace' --db data/100\\%/n.db report --since 1d --quiet"
