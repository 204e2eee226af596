"""What the pages of the desk share: its form, its steps, what it shows."""
