# SPDX-License-Identifier: GPL-2.0
"""draw: boxes, SVG, the anon_vma graph."""

import re
import unicodedata
import xml.dom.minidom

from command import GOLDEN, one_report, run


def columns(text):
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) != 0 for c in text)


def test_drawings():
    for path in GOLDEN:
        text = run("draw", path)
        widths = {columns(line) for line in text.splitlines() if line[-1] in "┐┤┘│"}
        assert widths == {100}, widths
        plain = run("draw", path, LC_ALL="C")
        assert "┌" not in plain and plain.count("\n") == text.count("\n")
        picture = xml.dom.minidom.parseString(run("draw", "--svg", path))
        vmas = run("report", path).count("\nvma ")
        assert len(picture.getElementsByTagName("rect")) == vmas
        graph = run("draw", "--dot", path)
        report = run("report", path)
        assert graph.count("[label=\"a") == report.count("\nanon_vma ")
        assert graph.count(" [label=\"0x") == report.count("\navc ")


def test_a_graph_of_a_range():
    """Of the VMAs in it: their AVCs, and the anon_vmas that these lead to, with their parents."""
    for path in (path for path in GOLDEN if "-child" in path.name):
        graph = run("draw", "--dot", path)
        vma = re.search(r'^\tv(\d+) .*"0x([0-9a-f]+)-0x([0-9a-f]+) ', graph, re.M)
        lines = run("draw", "--dot", "-r", f"{vma[2]}-{vma[3]}", path).splitlines()
        assert [line for line in lines if "shape=box" in line] == [
            line for line in graph.splitlines() if line.startswith(f"\tv{vma[1]} [")]
        avcs = re.findall(rf"^\tv{vma[1]} -> (a\d+) ", graph, re.M)
        assert re.findall(r"-> (a\d+) \[label=\"0x", "\n".join(lines)) == avcs
        shown = [line.split()[0] for line in lines if "[label=\"a" in line]
        # Whoever came through fork has its parent's on its chain.
        assert sorted(shown) == sorted(avcs) and len(shown) > 1, (lines, avcs)
        assert sum("label=parent" in line for line in lines) == len(avcs) - 1, lines


# Wide ones, one that takes no column, a control character of two bytes, and a byte that is none.
NAME = "/世界/😀e\u0301\u009b/".encode() + b"\xffx" + "長".encode() * 70


def test_names_are_drawn_in_columns():
    text = re.sub(rb' name="/[^"]*"', b' name="' + NAME + b'"', one_report().read_bytes())
    lines = run("draw", "-", stdin=text).splitlines()
    assert {columns(line) for line in lines if line[-1] in "┐┤┘│"} == {100}, lines
    names = [line for line in lines if "世" in line]
    # Of two columns one is left at the end, where half a character would be.
    assert names and all(line.endswith(" /世界/😀e\u0301?/?x" + 31 * "長" + "  │")
                         for line in names), names
    plain = run("draw", "-", stdin=text, LC_ALL="C")
    assert plain.isascii() and " /??/?e??/?x?????" in plain
    assert {len(line) for line in plain.splitlines() if line[-1] in "+|"} == {100}
    picture = xml.dom.minidom.parseString(run("draw", "--svg", "-", stdin=text))
    shown = [node.firstChild.data for node in picture.getElementsByTagName("text")]
    # Cut off after 200 bytes, or what is whole of them.
    whole = " /世界/😀e\u0301?/?x" + 60 * "長" + ", "
    assert sum(whole in line for line in shown) == len(names), shown
