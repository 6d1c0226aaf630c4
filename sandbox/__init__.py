"""Stand-ins for WeChat, Aliyun SMS and a mail server: the same signatures, encryption and error codes, and a phone to look at.

For development and tests only; the product speaks to it over the wire and imports nothing of it.
"""
