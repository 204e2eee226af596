"""Forms: typed fields declared once, all faults at once, nothing lost by a refusal or a log-in."""
