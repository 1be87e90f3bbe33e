"""Who has it already? What is kept on disk, and locks."""
