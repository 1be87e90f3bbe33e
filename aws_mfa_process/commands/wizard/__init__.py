"""What `setup` does step by step: look, propose, show, write, find the way back; also for `add`."""
