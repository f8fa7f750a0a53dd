# SPDX-License-Identifier: GPL-2.0
"""draw: boxes, SVG, the anon_vma graph."""

import xml.dom.minidom

from command import GOLDEN, run


def test_drawings():
    for path in GOLDEN:
        text = run("draw", path)
        widths = {len(line) for line in text.splitlines() if line[-1] in "┐┤┘│"}
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
