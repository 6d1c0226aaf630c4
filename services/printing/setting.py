"""Sets one part of a long paper, as a process of its own: what the typesetter took of memory goes back when it ends.

Standard input: the template's file, the folder of the fonts, its inputs, and whether its rows are only to be placed. Standard output: the PDF, or on
which page each row, and what is stamped, came to stand. Started by ``parts.py`` by its path: it imports nothing of ours.
"""

import json
import sys

import typst


def main() -> None:
    asked = json.load(sys.stdin.buffer)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[asked["fonts"]])
    given = {"font_paths": fonts, "ignore_system_fonts": True, "sys_inputs": asked["inputs"]}
    made = typst.query(asked["template"], "<row>", field="value", **given).encode() if asked["places"] else typst.compile(
        asked["template"], format="pdf", **given)
    sys.stdout.buffer.write(made)


main()
