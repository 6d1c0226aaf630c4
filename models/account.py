"""Accounts of talents, units and staff; their roles in organisations; their WeChat bindings."""

from typing import Self

from tortoise import fields

from config.keys import keys
from config.vocabulary import Labelled
from models.base import RegionRow


class AccountKind(Labelled):
    TALENT = "talent", "个人"
    UNIT = "unit", "单位"
    STAFF = "staff", "工作人员"


class AccountState(Labelled):
    ACTIVE = "active", "正常"
    SUSPENDED = "suspended", "已停用"
    CLOSED = "closed", "已注销"


class Account(RegionRow):
    """The sealed numbers open only here; the indexes find them again (docs/security.md).

    ``unit_id``: the unit that a person works for. ``provisional``: registered by herself and not yet approved, so that she may log in and do no
    business. ``terms_version``: which terms she agreed to, and when. ``last_login_at``: when she came in last and it was surely she
    (``services.confirming``); sessions are cleared away, this stays.
    ``closed_sealed``: who she was, of an account that was closed at her wish (``services.closing``).
    """

    kind = fields.CharEnumField(AccountKind, max_length=10)
    name = fields.TextField()
    login_name = fields.TextField()
    password_hash = fields.TextField(null=True)
    password_once = fields.BooleanField(default=False)
    phone_sealed = fields.BinaryField(null=True)
    phone_index = fields.BinaryField(null=True)
    id_number_sealed = fields.BinaryField(null=True)
    id_number_index = fields.BinaryField(null=True)
    state = fields.CharEnumField(AccountState, max_length=10, default=AccountState.ACTIVE)
    unit_id = fields.UUIDField(null=True)
    provisional = fields.BooleanField(default=False)
    email_sealed = fields.BinaryField(null=True)
    email_index = fields.BinaryField(null=True)
    terms_version = fields.TextField(default="")
    terms_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    last_login_at = fields.DatetimeField(null=True)
    closed_sealed = fields.BinaryField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "account"

    @property
    def phone(self) -> str | None:
        """The whole number: for sending, never for showing."""
        return None if self.phone_sealed is None else keys().unseal(bytes(self.phone_sealed), self.region, "account", "phone", str(self.id))

    @property
    def id_number(self) -> str | None:
        if self.id_number_sealed is None:
            return None
        return keys().unseal(bytes(self.id_number_sealed), self.region, "account", "id_number", str(self.id))

    @property
    def email(self) -> str | None:
        return None if self.email_sealed is None else keys().unseal(bytes(self.email_sealed), self.region, "account", "email", str(self.id))

    def put_email(self, address: str) -> Self:
        self.email_sealed = keys().seal(address, self.region, "account", "email", str(self.id))
        self.email_index = email_index(address)
        return self

    def put_phone(self, number: str) -> Self:
        self.phone_sealed = keys().seal(number, self.region, "account", "phone", str(self.id))
        self.phone_index = phone_index(number)
        return self

    def put_id_number(self, number: str) -> Self:
        self.id_number_sealed = keys().seal(number, self.region, "account", "id_number", str(self.id))
        self.id_number_index = keys().blind_index(number, "id_number")
        return self


def phone_index(number: str) -> bytes:
    """By which an account is found from a phone number, however it was typed."""
    return keys().blind_index(number, "phone")


def email_index(address: str) -> bytes:
    """By which an account is found from an e-mail address, however its letters were typed."""
    return keys().blind_index(address.casefold(), "email")


class RoleGrant(RegionRow):
    """A role of an account in an organisation, until it ends. ``ends_on``: its last day, when it was given for a time."""

    account_id = fields.UUIDField()
    organisation_id = fields.UUIDField()
    role = fields.CharField(max_length=48)
    granted_at = fields.DatetimeField()
    ends_on = fields.DateField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "role_grant"


class RoleToCome(RegionRow):
    """A role that an account will have from a day on. It counts for nothing until the worker makes a :class:`RoleGrant` of it."""

    account_id = fields.UUIDField()
    organisation_id = fields.UUIDField()
    role = fields.CharField(max_length=48)
    starts_on = fields.DateField()
    ends_on = fields.DateField(null=True)
    made_at = fields.DatetimeField()

    class Meta:
        table = "role_to_come"


class WechatBinding(RegionRow):
    """``follows``: whether its account may write to this WeChat, as WeChat said last; ``told_at``: when, by WeChat's clock. ``wrote_at``: when she
    last wrote in the chat."""

    account_id = fields.UUIDField()
    app_id = fields.CharField(max_length=32)
    openid_sealed = fields.BinaryField()
    openid_index = fields.BinaryField()
    bound_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    follows = fields.BooleanField(default=True)
    told_at = fields.DatetimeField(null=True)
    wrote_at = fields.DatetimeField(null=True)

    class Meta:
        table = "wechat_binding"

    @property
    def openid(self) -> str:
        return keys().unseal(bytes(self.openid_sealed), self.region, "wechat_binding", "openid", str(self.id))


def openid_index(app_id: str, openid: str) -> bytes:
    return keys().blind_index(f"{app_id}|{openid}", "openid")
