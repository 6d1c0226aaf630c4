"""How the API answers: only what a model names goes out (T05), and the models say what is masked."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sanic import HTTPResponse

from web.bodies import Body

#: JSON has numbers: ``"2"``, ``2.0`` and ``true`` are not whole numbers here (T22, T24).
Count = Annotated[int, Field(strict=True)]
T = TypeVar("T")


class Answer(BaseModel):
    """Base of everything that goes out."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Listing(Answer, Generic[T]):
    """A list. ``next``: where the next part begins, when there is one."""

    items: list[T]
    next: str | None = None


class Done(Answer):
    """It is done, and there is nothing to tell."""

    done: bool = True


class Nothing(Body):
    """A request that says everything by its address."""


def answer(model: BaseModel, status: int = 200) -> HTTPResponse:
    return HTTPResponse(model.model_dump_json(), status=status, content_type="application/json")
