"""What leaves for people and other systems: mail, SMS, signed webhooks; with a log and retries."""
