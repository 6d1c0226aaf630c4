"""Regions full of people who do not exist, for ``greenlane dev`` and for looking at pages. The data is a folder of YAML files a region."""
