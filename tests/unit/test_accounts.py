"""Accounts of a region's own: whole or not at all, named in the environment, and never shown."""

import pytest
from pydantic import ValidationError

from config.settings import Environment, Settings

KEY = "QWJjRGVmR2hpSmtsTW5vUHFyU3R1Vnd4WXoxMjM0NTY"
OWN = {"GREENLANE_ACCOUNTS__DEZHOU__OFFICIAL_APP_ID": "wxdezhou", "GREENLANE_ACCOUNTS__DEZHOU__OFFICIAL_APP_SECRET": "8",
       "GREENLANE_ACCOUNTS__DEZHOU__OFFICIAL_TOKEN": "20261123", "GREENLANE_ACCOUNTS__DEZHOU__OFFICIAL_AES_KEY": KEY}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A region with an official account of its own, as the environment says it."""
    for name, value in OWN.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.usefixtures("said")
def test_a_region_speaks_through_what_it_named_and_through_the_installations_for_the_rest() -> None:
    config = Settings()
    own, others = config.accounts("dezhou"), config.accounts("weihai")
    assert (own.official_account.app_id, own.official_account.token.get_secret_value()) == ("wxdezhou", "20261123")
    assert own.official_account.setting == "GREENLANE_ACCOUNTS__DEZHOU__OFFICIAL"
    assert (own.mini_program, own.sms, own.own_sms) == (others.mini_program, others.sms, False)
    assert others == config.accounts() and others.official_account.setting == "GREENLANE_OFFICIAL"


@pytest.mark.parametrize(("name", "value", "words"), [
    ("OFFICIAL_TOKEN", "", "DEZHOU__OFFICIAL_TOKEN: is missing"),
    ("OFICIAL_TOKEN", "x", "DEZHOU__OFICIAL_TOKEN: is no setting"),
    ("SMS_ACCESS_KEY_ID", "LTAI1", "DEZHOU__SMS_ACCESS_KEY_SECRET: is missing"),
    ("SMS_RATE", "5", "DEZHOU__SMS_RATE: belongs to an Aliyun account"),
    ("SMS_SECOND_ACCESS_KEY_ID", "LTAI2", "DEZHOU__SMS_SECOND_ACCESS_KEY_ID: belongs to an Aliyun account"),
    ("OFFICIAL_APP_ID", "wx5a6d0b7e00000002", "says of wx5a6d0b7e00000002 something else than GREENLANE_OFFICIAL"),
])
def test_half_an_account_and_a_word_that_is_none_are_refused_wherever_it_runs(said: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    said.setenv(f"GREENLANE_ACCOUNTS__DEZHOU__{name}", value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert words in str(refused.value) and KEY not in str(refused.value) and "20261123" not in str(refused.value)


def test_production_takes_no_sample_for_a_regions_own(said: pytest.MonkeyPatch) -> None:
    said.setenv("GREENLANE_ACCOUNTS__DEZHOU__OFFICIAL_AES_KEY", Settings().official_aes_key.get_secret_value())
    with pytest.raises(ValidationError, match="DEZHOU__OFFICIAL_AES_KEY: is the sample value"):
        Settings(environment=Environment.PRODUCTION)
