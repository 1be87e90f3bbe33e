"""Who says so? Calls of AWS, and what each failure means."""
