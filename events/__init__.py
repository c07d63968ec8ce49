"""Attacks: reading reports and points, counting them, finding those inside a zone."""
