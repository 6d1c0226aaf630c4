"""The official account: what people write in the chat is answered by the same verbs that stand behind every page."""

from sanic import Blueprint

from wechat.bot import binding, callback, staff_link

blueprints: list[Blueprint] = [callback.blueprint, binding.blueprint, staff_link.blueprint]
