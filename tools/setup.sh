#!/bin/sh
# Make the virtual environment: pinned, hashed requirements, then the project itself, editable.
# usage: tools/setup.sh FOLDER
set -eu
venv=$1

say() { echo "newstrace: $*" >&2; exit 1; }

command -v git >/dev/null 2>&1 || say "git is missing: install it (Debian: apt-get install git)"
python=""
for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
        python=$name
        break
    fi
done
[ -n "$python" ] || say "Python 3.11, 3.12 or 3.13 is missing (or name one: make PYTHON=/path/to/python3.12 ...)"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    say "$python has no venv: install it (Debian: apt-get install python3-venv)"

[ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null || "$python" -m venv --clear "$venv"
echo "newstrace: installing the pinned requirements into $venv (once, about a minute)" >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
echo "newstrace: compiling the comparison for this machine (once, a quarter of a minute)" >&2
"$venv/bin/python" -m dedupe.warm || true
