"""Telling people: messages on the site, and mail where the office has a mail server."""
