"""Names and numbers of persons as they may stand where others can see them (T36)."""


def masked_name(name: str) -> str:
    """``张*``, ``欧***``: the first character, and at most three stars, so that the length of a long name is not told either."""
    return name[:1] + "*" * min(max(len(name) - 1, 1), 3) if name else ""


def masked_email(address: str | None) -> str:
    """``z***@example.com``: the domain tells a person which of her mailboxes it is."""
    name, _, domain = (address or "").rpartition("@")
    return f"{name[:1]}***@{domain}" if name else ""


def masked_phone(number: str | None) -> str:
    """``138****5678``: enough to tell two numbers apart, not enough to call one. A number too short to keep seven digits of is hidden whole."""
    if not number:
        return ""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 11 else "*" * len(number)


def masked_id_number(number: str | None) -> str:
    """``450***********1234``: where it was issued and its end, not the day of birth."""
    return f"{number[:3]}{'*' * 11}{number[-4:]}" if number and len(number) == 18 else "*" * len(number or "")
