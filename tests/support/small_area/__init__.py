"""The smallest complete area: notes, with a list, a card, a form, a command and a route."""
