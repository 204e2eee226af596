"""Outgoing messages: mail, SMS and signed webhooks, with a delivery log and retries."""
