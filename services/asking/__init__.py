"""Asking 综合查询 (WH-64, WH-33, WH-35, BZ-13, GL-13): cases, talents, units, cards and visits by combined conditions.

``declared`` says what can be asked of each and shown of it; nothing that is not declared there ever reaches SQL. ``questions`` are what people ask,
and say it back in words; ``answers`` finds; ``keeping`` remembers questions and columns; ``sheets`` writes the answer as Excel.
"""
