"""Staff, holders' accounts, and their log-ins."""
