"""到哪了 as a picture (WH-52): the steps of a case from top to bottom, done, under way and still to come, sized for a phone's chat."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from services.cases.deadlines import Light
from services.cases.progress import Stage, StepView
from services.cases.sheet import Sheet
from services.regions import Region

TEMPLATE = Path(__file__).with_name("route.typ")
#: Three times the width of a chat's picture, sharp on a phone.
DPI = 216
_one_at_a_time = asyncio.Semaphore(1)


async def draw(region: Region, found: Sheet, now: datetime, *, mine: bool) -> bytes:
    """PNG. ``mine``: it is the applicant who reads it. Some tens of milliseconds of processor time, beside the event loop.

    Raises :class:`qr.fonts.FontsMissing`.
    """
    zone = region.profile.tz
    steps = [{"stage": step.stage.value, "late": step.stage is Stage.CURRENT and found.light is Light.LATE, "name": step.name,
              "who": step.organisation, "when": _when(step.at, zone) if step.at and step.stage is Stage.DONE else _state(step, found.left, mine)}
             for step in found.route]
    said = {"subject": found.case.subject, "number": found.case.number, "state": found.case.state.label, "scheme": region.scheme,
            "at": _when(now, zone), "steps": steps}
    async with _one_at_a_time:
        return await asyncio.to_thread(_set, said)


def _state(step: StepView, left: str, mine: bool) -> str:
    """Never by colour alone."""
    return {Stage.CURRENT: left or "办理中", Stage.WAITING: "等您修改" if mine else "等申请人修改", Stage.PAUSED: "已暂停"}.get(step.stage, "")


def _when(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _set(said: Mapping[str, object]) -> bytes:
    import typst  # with its fonts: loaded by the first picture, not by every web process

    from qr.fonts import FONTS, fonts_in

    made = typst.compile(TEMPLATE, format="png", ppi=DPI, font_paths=fonts_in(FONTS), ignore_system_fonts=True,
                         sys_inputs={"said": json.dumps(said, ensure_ascii=False)})
    return bytes(made)
