"""What an educator asks of the rules."""
