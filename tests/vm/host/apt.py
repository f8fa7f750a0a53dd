# SPDX-License-Identifier: GPL-2.0
"""The archive as apt sees it, through a private state that leaves the machine's own alone.

The URIs are those of the machine's apt configuration: the main one serves every release of
Debian, the security one every release's security suite. Everything is verified by apt against
the Debian archive keyring.
"""

import hashlib
import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Iterable, NamedTuple, Optional

from . import cache
from .errors import Failure
from .log import say

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
REFRESH_AFTER = 12 * 3600
# Where that failed, and there are earlier lists, they do for so long.
AGAIN_AFTER = 1800
# Seconds before another attempt, and what apt says of a suite that the mirror does not have.
PAUSES = (10, 30)
LACKS = "does not have a Release file"
# The kernels that matter are in these; the others are taken where the mirror has them.
NEEDED = ("bookworm", "trixie", "trixie-backports")
OPTIONAL = ("bookworm-updates", "bookworm-backports", "trixie-updates")
SECURITY = ("bookworm-security", "trixie-security")
OURS = re.compile(r"^linux-(headers|image)-\d.*amd64$|^linux-base$")
SOURCES = re.compile(r"^linux-source-\d+\.\d+$")


class Mirror(NamedTuple):
    main: str
    security: Optional[str]


class Package(NamedTuple):
    name: str
    suite: str


class Source(NamedTuple):
    """A package that holds a kernel's source; what is built from it depends on its version."""
    name: str
    suite: str
    version: str


def pick_mirror(targets: str) -> Mirror:
    """Read the two URIs off `apt-get indextargets` lines: URI RELEASE COMPONENT ORIGIN."""
    main = security = None
    for line in targets.splitlines():
        uri, release, component, *origin = line.split()
        # The origin is empty until the machine's first apt-get update.
        if component != "main" or (origin and origin != ["Debian"]):
            continue
        if release.endswith("-security"):
            security = security or uri
        elif re.fullmatch(r"bookworm|trixie|stable|oldstable|testing|sid|unstable", release):
            main = main or uri
    if main is None:
        raise Failure("apt on this machine has no Debian mirror: add a line for bookworm or "
                      "trixie, component main, to its sources and try again")
    return Mirror(main, security)


def _targets_of_uris(text: str) -> str:
    """Turn `apt-get --print-uris update` lines into what pick_mirror() reads."""
    found = re.findall(r"^'(\S+/)dists/([^/]+)/InRelease'", text, re.MULTILINE)
    return "".join(f"{uri} {suite} main\n" for uri, suite in found)


def machine_mirror() -> Mirror:
    def ask(*words):
        run = subprocess.run(["apt-get", *words], capture_output=True, text=True)
        if run.returncode:
            raise Failure(f"apt-get {words[0]} fails: {run.stderr.strip()}")
        return run.stdout
    line = "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)"
    targets = ask("indextargets", "--format", line, "Created-By: Packages")
    # Nothing is listed before the machine's first apt-get update.
    return pick_mirror(targets.replace("$(ORIGIN)", "") or
                       _targets_of_uris(ask("update", "--print-uris")))


def suites_of(mirror: Mirror) -> list:
    suites = list(NEEDED + OPTIONAL)
    return suites + list(SECURITY) if mirror.security else suites


def source_line(mirror: Mirror, suite: str) -> str:
    uri = mirror.security if suite in SECURITY else mirror.main
    return f"deb [signed-by={KEYRING}] {uri} {suite} main"


def _options(state: Path) -> list:
    settings = {
        "Dir::State": state, "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache", "Dir::Etc::SourceList": state / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null", "APT::Architecture": "amd64",
        "APT::Architectures": "amd64", "APT::Sandbox::User": "root",
        "Acquire::Languages": "none", "APT::Update::Error-Mode": "any",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _update(state: Path, mirror: Mirror, suites: Iterable) -> str:
    """Run apt-get update; the empty string, or what apt complained about."""
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (state / "sources.list").write_text(
        "".join(source_line(mirror, suite) + "\n" for suite in suites))
    run = subprocess.run(["apt-get", *_options(state), "-q", "update"],
                         capture_output=True, text=True)
    return (run.stderr.strip() or "apt-get update failed") if run.returncode else ""


def _update_patiently(state: Path, mirror: Mirror, suites: Iterable) -> str:
    """The same, but a mirror may be away for a moment, or have one half of an update."""
    for pause in PAUSES:
        complaint = _update(state, mirror, suites)
        if not complaint or LACKS in complaint:
            return complaint
        time.sleep(pause)
    return _update(state, mirror, suites)


def _fetched(state: Path, suites: Iterable) -> list:
    names = [path.name for path in (state / "lists").glob("*InRelease")]
    return [suite for suite in suites
            if any(name.endswith(f"_dists_{suite}_InRelease") for name in names)]


def _madison(text: str) -> list:
    """Its lines as sources, in its order: the newest version of a package first."""
    found = []
    for line in text.splitlines():
        name, version, where = (field.strip() for field in line.split("|"))
        found.append(Source(name, where.split()[1].split("/")[0], version))
    return found


def _parse_madison(text: str) -> list:
    return sorted({Package(source.name, source.suite) for source in _madison(text)})


def _ask_madison(state: Path, names: list, pattern: re.Pattern) -> str:
    wanted = sorted(name for name in names if pattern.match(name))
    if not wanted:
        return ""
    return subprocess.run(["apt-cache", *_options(state), "madison", *wanted],
                          capture_output=True, text=True, check=True).stdout


def _listed(state: Path) -> dict:
    names = subprocess.run(["apt-cache", *_options(state), "pkgnames", "linux-"],
                           capture_output=True, text=True, check=True).stdout.split()
    return {"packages": _parse_madison(_ask_madison(state, names, OURS)),
            "sources": _madison(_ask_madison(state, names, SOURCES))}


def _refresh(state: Path, mirror: Mirror) -> dict:
    suites = suites_of(mirror)
    complaint = _update_patiently(state, mirror, suites)
    if complaint:
        present = _fetched(state, suites)
        if not set(NEEDED) <= set(present):
            raise Failure("cannot read the package lists: " + complaint.splitlines()[0])
        say("the mirror lacks " + ", ".join(s for s in suites if s not in present))
        suites = present
        complaint = _update_patiently(state, mirror, suites)
        if complaint:
            raise Failure("cannot read the package lists: " + complaint.splitlines()[0])
    return {"time": time.time(), "suites": suites, "mirror": list(mirror), **_listed(state)}


def _load(path: Path, mirror: Mirror) -> Optional[dict]:
    """The earlier listing, unless it is damaged, of another mirror, or lacks the sources."""
    try:
        digest, _, text = path.read_text().partition("\n")
    except FileNotFoundError:
        return None
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        say("the cached package list is damaged; reading the archive again")
        return None
    listing = json.loads(text)
    return listing if listing["mirror"] == list(mirror) and "sources" in listing else None


def _store(path: Path, listing: dict) -> None:
    text = json.dumps(listing, indent=1)
    partial = path.with_suffix(".partial")
    partial.write_text(hashlib.sha256(text.encode()).hexdigest() + "\n" + text)
    os.replace(partial, path)


class Archive(NamedTuple):
    mirror: Mirror
    suites: list
    packages: list
    sources: list


def archive() -> Archive:
    """What the archive holds now, or held when it was last read."""
    mirror = machine_mirror()
    with cache.lock("apt"):
        path = cache.folder() / "archive.json"
        listing = _load(path, mirror)
        age = time.time() - listing["time"] if listing else None
        if listing and 0 <= time.time() - listing.get("tried", 0) < AGAIN_AFTER:
            say(f"working from the lists of {age / 3600:.0f} hours ago")
        elif age is None or not 0 <= age < REFRESH_AFTER:
            say("reading the package lists of the archive")
            try:
                listing = _refresh(cache.folder() / "apt", mirror)
                _store(path, listing)
            except Failure as failure:
                if listing is None:
                    raise
                _store(path, {**listing, "tried": time.time()})
                say(f"{failure}; WORKING FROM THE LISTS OF {age / 3600:.0f} HOURS AGO")
    packages = [Package(*fields) for fields in listing["packages"]]
    return Archive(mirror, listing["suites"], packages,
                   [Source(*fields) for fields in listing["sources"]])
