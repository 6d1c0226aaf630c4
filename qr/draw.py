"""A text as a QR symbol, with the quiet zone of four modules that the standard asks for (ISO/IEC 18004, 5.3.8)."""

import io
from itertools import groupby
from typing import Any, Literal

import qrcode
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q

Correction = Literal["M", "Q"]
Matrix = list[list[bool]]
QUIET_ZONE = 4
_CORRECTIONS = {"M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q}


def png(text: str, scale: int = 8, correction: Correction = "Q") -> bytes:
    """Black on white, one bit a pixel, ``scale`` pixels a module. Q survives a quarter of the symbol being scratched."""
    file = io.BytesIO()
    _symbol(text, correction, scale).make_image().save(file)
    return file.getvalue()


def svg(text: str, correction: Correction = "Q") -> str:
    """One path on white, one unit a module, no width of its own: the page decides. Safe to put into a page under any CSP."""
    return outline(matrix(text, correction))


def matrix(text: str, correction: Correction = "Q") -> Matrix:
    """Rows of modules, true is dark, quiet zone included."""
    return _symbol(text, correction).get_matrix()


def outline(modules: Matrix) -> str:
    """The SVG of a matrix. Black and white are written out, so that it stays readable on a dark page."""
    side = len(modules)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
            f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{_runs(modules)}"/></svg>')


def _symbol(text: str, correction: Correction, scale: int = 1) -> "qrcode.QRCode[Any]":
    symbol = qrcode.QRCode(error_correction=_CORRECTIONS[correction], box_size=scale, border=QUIET_ZONE)
    symbol.add_data(text)
    symbol.make(fit=True)
    return symbol


def _runs(modules: Matrix) -> str:
    """Each run of dark modules in a row as one rectangle: less than half the text that single modules would make."""
    parts = []
    for y, row in enumerate(modules):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                parts.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return "".join(parts)
