"""A gallery of every page, and what a machine can say about how they look: see :mod:`tests.gallery.pages` to add one."""
