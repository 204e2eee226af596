"""The pages, one module for each way in."""
