"""The desk face 控制台: wide screen, keyboard, the whole office. Every file here is one group of pages over the same verbs as the phone."""

from sanic import Blueprint

from console import account, cards, cases, catalogue, centre, entrance, overdue, query, records, security, staff, todo, venues, windows
from web.context import Face
from web.password_reset import blueprint_of

blueprints: list[Blueprint] = [module.blueprint for module in (
    entrance, centre, todo, cases, query, overdue, cards, venues, windows, catalogue, staff, records, security, account)]
blueprints.append(blueprint_of(Face.DESK))
