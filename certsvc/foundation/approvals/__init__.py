"""提议与审批: proposed by one person, decided by another, exactly as it was shown."""
