"""Notifications: notices on the page, addresses for mail and SMS, and systems' webhooks."""
