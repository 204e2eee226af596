"""电子证明: the record of verified facts about a holder, the civil document itself."""
