"""What is on screen: one module a page, shared parts in :mod:`pages.widgets`."""
