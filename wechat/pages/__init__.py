"""The phone face: pages in WeChat's browser, or any other. Each module holds one noun's pages and the routes that lead there."""

from sanic import Blueprint

from web import confirming, password_reset, terms
from web.context import Face
from wechat.pages import (
    account,
    applications,
    bookings,
    cases,
    choices,
    data,
    day_pass,
    desk_m,
    desk_m_case,
    dossier,
    entrance,
    home,
    invited,
    login,
    me,
    notices,
    paper,
    privileges,
    register,
    scan,
    security,
    services,
    venue,
    wechat_login,
    windows,
)

blueprints: list[Blueprint] = [
    entrance.blueprint,
    home.blueprint, services.blueprint, bookings.blueprint, cases.blueprint, scan.blueprint, me.blueprint, choices.blueprint, data.blueprint,
    security.blueprint, login.blueprint, wechat_login.blueprint, windows.blueprint, account.blueprint, password_reset.blueprint_of(Face.PHONE),
    terms.blueprint_of(Face.PHONE), confirming.blueprint_of(Face.PHONE, login.offers_wechat),
    desk_m.blueprint, desk_m_case.blueprint, venue.blueprint, day_pass.blueprint, paper.blueprint,
    register.blueprint, invited.blueprint, dossier.blueprint, applications.blueprint,
    notices.blueprint, privileges.blueprint,
]
