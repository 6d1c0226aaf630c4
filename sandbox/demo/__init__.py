"""A region full of people who do not exist, for ``greenlane dev`` and for looking at pages. The data is in one YAML file a region."""
