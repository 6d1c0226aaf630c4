"""统计分析: what the office did in a period, for whoever supervises it. No personal data: counts of days, offices, services and venues.

``counting.py`` keeps the daily counts (the worker's job); ``asking.py`` is the one question, ``reading.py`` what it reads of them; ``tables.py``
makes the tables that the page, its charts, Excel and the printed report show; ``files.py`` makes the files.
"""
