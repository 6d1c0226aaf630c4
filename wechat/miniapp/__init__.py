"""The mini program's API: ``/{region}/api/…``, JSON both ways, ``Authorization: Bearer``. Described at ``/docs/openapi.json``."""

from sanic import Blueprint

from wechat.miniapp import (
    answering,
    applications,
    bookings,
    catalogue,
    choices,
    confirming,
    consents,
    data,
    day_pass,
    desk,
    dossier,
    files,
    information,
    login,
    me,
    privileges,
    register,
    security,
    visits,
)

blueprints: list[Blueprint] = [login.blueprint, register.blueprint, me.blueprint, choices.blueprint, confirming.blueprint, consents.blueprint,
                               data.blueprint, information.blueprint, catalogue.blueprint, privileges.blueprint, bookings.blueprint,
                               visits.blueprint, day_pass.blueprint, dossier.blueprint, applications.blueprint, answering.blueprint,
                               files.blueprint, desk.blueprint, security.blueprint]
