"""A conversation as a person reads it: what she writes after ``>``, and under it pieces of what the account says, each of which must be there."""

import textwrap
from dataclasses import dataclass

from sandbox.state import Person
from tests.wechat_scene import Scene


@dataclass(frozen=True)
class Turn:
    said: str
    answered: list[str]


def turns(script: str) -> list[Turn]:
    """``> 预约`` begins a turn; ``{names}`` were filled in before. A line that begins with ``!`` must not be there."""
    found: list[Turn] = []
    for line in textwrap.dedent(script).strip().splitlines():
        if line.startswith(">"):
            found.append(Turn(line[1:].strip(), []))
        elif line.strip():
            found[-1].answered.append(line.strip())
    return found


async def speak(chat: Scene, person: Person, script: str) -> str:
    """Hold the conversation; what was said last."""
    answer = ""
    for turn in turns(script):
        answer = await chat.write(person, turn.said)
        for piece in turn.answered:
            there = piece.removeprefix("!") in answer
            assert there != piece.startswith("!"), f"> {turn.said}\n{answer}\n— {piece}"
    return answer
