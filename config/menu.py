"""The menu of a region's official account: at most three buttons, each with at most five below (WeChat's limits, names included)."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from config.said import Said


class Choice(Said):
    """What one tap does: exactly one of the three."""

    says: str = Field("", max_length=40, description="the word that the person sends to the chat by it")
    opens: str = Field("", pattern=r"^(/|[a-z0-9][a-z0-9/_-]*)?$", description="page of the phone below the region; /: the first one")
    mini: str = Field("", pattern=r"^([a-z0-9][\w/-]*)?$", description="page of the mini program, e.g. pages/home/home")

    @property
    def does(self) -> int:
        return sum(map(bool, (self.says, self.opens, self.mini)))


class Item(Choice):
    """A button below another."""

    name: Annotated[str, Field(min_length=1, max_length=8)]

    @model_validator(mode="after")
    def one_thing(self) -> Self:
        if self.does != 1:
            raise ValueError("exactly one of says, opens, mini")
        return self


class Button(Choice):
    """A button of the bar: does something, or has others below it."""

    name: Annotated[str, Field(min_length=1, max_length=4)]
    below: tuple[Item, ...] = Field((), max_length=5)

    @model_validator(mode="after")
    def one_thing(self) -> Self:
        if self.does + bool(self.below) != 1:
            raise ValueError("exactly one of says, opens, mini, below")
        return self


USUAL: tuple[Button, ...] = (
    Button(name="绿色通道", below=(
        Item(name="预约服务", says="预约"), Item(name="服务目录", opens="/"), Item(name="扫码服务", opens="scan"),
        Item(name="服务窗口", opens="windows"))),
    Button(name="我的办件", says="我的办件"),
    Button(name="更多", below=(
        Item(name="评价服务", says="评价"), Item(name="待办", says="待办"), Item(name="督办", says="督办"), Item(name="绑定账号", says="绑定"),
        Item(name="帮助", says="帮助"))),
)
