"""The mini program's API: ``/{region}/api/…``, JSON both ways, ``Authorization: Bearer``. Described at ``/docs/openapi.json``."""

from sanic import Blueprint

from wechat.miniapp import bookings, catalogue, consents, day_pass, desk, dossier, files, information, login, me, register, visits

blueprints: list[Blueprint] = [login.blueprint, me.blueprint, information.blueprint, catalogue.blueprint, bookings.blueprint, visits.blueprint,
                               dossier.blueprint, files.blueprint, day_pass.blueprint, register.blueprint, desk.blueprint,
                               consents.blueprint]
