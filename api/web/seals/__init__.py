"""What the pages of seals share: the parts of their forms, and what they show."""
