"""Codes that stand on walls, phones and links: sign, verify, draw. Pure functions: no database, no clock, no network."""
