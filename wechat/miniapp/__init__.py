"""The mini program's API: ``/{region}/api/…``, JSON both ways, ``Authorization: Bearer``. Described at ``/docs/openapi.json``."""

from sanic import Blueprint

from wechat.miniapp import bookings, catalogue, desk, login, me, visits

blueprints: list[Blueprint] = [login.blueprint, me.blueprint, catalogue.blueprint, bookings.blueprint, visits.blueprint, desk.blueprint]
