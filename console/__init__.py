"""The desk face 控制台: wide screen, keyboard, the whole office. Every file here is one group of pages over the same verbs as the phone."""

from sanic import Blueprint

from console import (
    account,
    applying,
    approvals,
    asking,
    cards,
    cases,
    catalogue,
    centre,
    completing,
    deputies,
    entrance,
    exports,
    figures,
    flows,
    mailbox,
    notices,
    offices,
    offline,
    overdue,
    people,
    phrases,
    query,
    records,
    rosters,
    security,
    shortcuts,
    sms,
    staff,
    staff_import,
    standings,
    stories,
    texts,
    todo,
    unit,
    venues,
    windows,
    working_days,
)
from web import confirming, password_reset, terms
from web.context import Face

blueprints: list[Blueprint] = [module.blueprint for module in (
    entrance, centre, todo, cases, completing, query, asking, stories, exports, approvals, unit, applying, people, rosters, overdue, figures, cards,
    standings, venues, offline, windows, catalogue, offices, staff, records, sms, deputies, phrases, shortcuts, security, account, mailbox, notices)]
blueprints.append(notices.information)
blueprints.append(staff_import.blueprint)
blueprints.append(texts.blueprint)
blueprints.append(working_days.blueprint)
blueprints.append(flows.blueprint)
blueprints.append(password_reset.blueprint_of(Face.DESK))
blueprints.append(terms.blueprint_of(Face.DESK))
blueprints.append(confirming.blueprint_of(Face.DESK))
