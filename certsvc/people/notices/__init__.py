"""Who is told of what: the bell on the page, addresses for mail and SMS, systems' webhooks."""
