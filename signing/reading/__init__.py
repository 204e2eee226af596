"""Reading foreign files within limits, without judging them."""
